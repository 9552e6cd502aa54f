// SPDX-License-Identifier: Apache-2.0
#include "tools/serve/parameters.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "tools/imaging/output_format.h"

namespace u2net::serve {
using namespace engine;
using imaging::OutputKind;
namespace {

using Number = std::int64_t;
using Text = const std::string&;

constexpr std::string_view kFormats[] = {"png", "jpeg", "jpg", "webp"};

// Networks of rembg's that find whatever the subject is, as the one here does. Those for people,
// clothes, drawings or prompts are not among them.
constexpr std::string_view kAnySubject[] = {
    "u2net",
    "u2netp",
    "silueta",
    "isnet-general-use",
    "bria-rmbg",
    "birefnet-general",
    "birefnet-general-lite",
};

template <typename Names>
bool holds(const Names& names, std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

[[noreturn]] void refuse(std::string_view name, const std::string& value,
                         const std::string& wants) {
  throw Error(ErrorCode::kUsage, "parameter '" + std::string(name) + "': '" +
                                     one_line(value).substr(0, 80) + "' is not " + wants);
}

void take_model(PictureOrder& order, Number, Text text) {
  if (text == order.served_model || holds(kAnySubject, text)) return;
  refuse("model", text, "served here; the network is '" + order.served_model + "'");
}

void take_background(PictureOrder& order, Number, Text text) {
  const auto colour = cli::parse_colour(text);
  if (!colour) refuse("background", text, "a colour: #rgb, #rrggbb, r,g,b or a name such as white");
  order.results.background = {.colour = *colour};
  order.has_background = true;
}

// r,g,b or r,g,b,a.
void take_bgc(PictureOrder& order, Number, Text text) {
  if (text.empty()) return;
  std::string rgb = text;
  std::erase(rgb, ' ');
  std::string alpha = "255";
  if (std::count(rgb.begin(), rgb.end(), ',') == 3) {
    alpha = rgb.substr(rgb.rfind(',') + 1);
    rgb.resize(rgb.rfind(','));
  }
  const bool is_list = std::count(rgb.begin(), rgb.end(), ',') == 2;
  const auto colour = cli::parse_colour(rgb);
  const auto level = cli::parse_colour(alpha + "," + alpha + "," + alpha);  // of the same range
  if (!is_list || !colour || !level) refuse("bgc", text, "r,g,b or r,g,b,a of 0 to 255");
  order.results.background = {.colour = *colour, .alpha = (*level)[0]};
  order.has_background = true;
}

// "putalpha", of rembg's, keeps the colours that nobody sees; the others are of its own networks.
void take_extras(PictureOrder& order, Number, Text text) {
  const auto extras = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!extras.is_object()) return;  // as there
  const auto putalpha = extras.find("putalpha");
  if (putalpha != extras.end() && putalpha->is_boolean() && putalpha->get<bool>())
    order.results.finish.hidden = imaging::Hidden::kKept;
}

void take_nothing(PictureOrder&, Number, Text) {}

// Given under either of their names.
void take_refine(PictureOrder& order, Number on, Text) { order.results.finish.refine |= on != 0; }

void take_decontaminate(PictureOrder& order, Number on, Text) {
  order.results.finish.decontaminate |= on != 0;
}

void take_post_process(PictureOrder& order, Number on, Text) {
  order.results.finish.post_process |= on != 0;
}

void take_finer_edges(PictureOrder& order, Number on, Text text) {
  take_refine(order, on, text);
  take_decontaminate(order, on, text);
}

void take_crop(PictureOrder& order, Number, Text text) {
  if (const std::string word = lower(text); word == "false" || word == "0") return;
  const bool is_bare = text.empty() || lower(text) == "true";
  order.results.crop = is_bare ? cli::CropMargin{} : cli::parse_crop_margin(text);
}

constexpr Parameter kParameters[] = {
    {"write", ValueType::kChoice,
     [](PictureOrder& order, Number at, Text) { order.write(static_cast<OutputKind>(at)); },
     "What comes back: the mask (grey), the cutout (transparent elsewhere), the result (on a "
     "background) or a panel of picture, mask and result. Default: cutout; result with a "
     "background or as jpeg.",
     0, 0, imaging::kOutputNames},
    {"format", ValueType::kChoice,
     [](PictureOrder& order, Number, Text text) {
       order.results.format = imaging::find_output_format(text);
     },
     "The format that comes back. Default: png.", 0, 0, kFormats},
    {"quality", ValueType::kInteger,
     [](PictureOrder& order, Number value, Text) {
       order.results.quality = static_cast<int>(value);
     },
     "Of jpeg (default: 92) and webp (default: without loss).", 1, 100},
    {"background", ValueType::kText, take_background,
     "The colour behind the subject: #rgb, #rrggbb, r,g,b or a name such as white. In a form it "
     "may "
     "be a picture, as a file."},
    {"crop", ValueType::kText, take_crop,
     "Crop to the subject, with a margin of so many pixels or N% of its larger side; true is 5%."},
    {"refine", ValueType::kFlag, take_refine, "Let the mask's edges follow those of the picture."},
    {"decontaminate", ValueType::kFlag, take_decontaminate,
     "Give soft edges the subject's own colours."},
    {"post_process", ValueType::kFlag, take_post_process,
     "Clean the mask: no specks, smooth edges, no half tones."},
    {"keep_hidden", ValueType::kFlag,
     [](PictureOrder& order, Number on, Text) {
       if (on != 0) order.results.finish.hidden = imaging::Hidden::kKept;
     },
     "Leave the background's colours in the cutout, where alpha hides them."},
    {"model", ValueType::kText, take_model,
     "Of rembg: a network for any subject. The one that is served does it, and X-U2net-Model names "
     "it; networks for something else are refused."},
    {"a", ValueType::kFlag, take_finer_edges,
     "Of rembg (alpha matting): refine and decontaminate, which do its work here."},
    {"af", ValueType::kInteger, take_nothing, "Of rembg's alpha matting; checked, without effect.",
     0, 255},
    {"ab", ValueType::kInteger, take_nothing, "Of rembg's alpha matting; checked, without effect.",
     0, 255},
    {"ae", ValueType::kInteger, take_nothing, "Of rembg's alpha matting; checked, without effect.",
     0, std::numeric_limits<int>::max()},
    {"om", ValueType::kFlag,
     [](PictureOrder& order, Number on, Text) {
       if (on != 0) order.write(OutputKind::kMask);
     },
     "Of rembg (only mask): write=mask."},
    {"ppm", ValueType::kFlag, take_post_process, "Of rembg: post_process."},
    {"dc", ValueType::kFlag, take_decontaminate, "Of rembg: decontaminate."},
    {"vm", ValueType::kFlag, take_finer_edges,
     "Of rembg (edges by ViTMatte): refine and decontaminate."},
    {"bgc", ValueType::kText, take_bgc, "Of rembg: the background as r,g,b or r,g,b,a."},
    {"extras", ValueType::kText, take_extras,
     "Of rembg: JSON. Its putalpha is keep_hidden, others have no effect."},
};

// By the words that rembg's server takes.
Number flag_of(const Parameter& parameter, const std::string& text) {
  static constexpr std::string_view kYes[] = {"", "1", "true", "t", "yes", "y", "on"};
  static constexpr std::string_view kNo[] = {"0", "false", "f", "no", "n", "off"};
  const std::string word = lower(text);
  if (holds(kYes, word)) return 1;
  if (holds(kNo, word)) return 0;
  refuse(parameter.name, text, "true or false");
}

Number integer_of(const Parameter& parameter, const std::string& text) {
  Number value = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || at != end || value < parameter.least || value > parameter.most) {
    refuse(parameter.name, text,
           "an integer of " + std::to_string(parameter.least) + " to " +
               std::to_string(parameter.most));
  }
  return value;
}

Number choice_of(const Parameter& parameter, const std::string& text) {
  const auto at = std::find(parameter.names.begin(), parameter.names.end(), text);
  std::string all;
  for (const std::string_view name : parameter.names) append_word(all, name);
  if (at == parameter.names.end()) refuse(parameter.name, text, "one of " + all);
  return at - parameter.names.begin();
}

Number value_of(const Parameter& parameter, const std::string& text) {
  if (parameter.type == ValueType::kFlag) return flag_of(parameter, text);
  if (parameter.type == ValueType::kInteger) return integer_of(parameter, text);
  return parameter.type == ValueType::kChoice ? choice_of(parameter, text) : 0;
}

}  // namespace

std::span<const Parameter> parameters() { return kParameters; }

void take_fields(const Fields& fields, PictureOrder& order) {
  std::set<std::string_view> taken;
  for (const auto& [written, value] : fields) {
    std::string name = written;
    std::replace(name.begin(), name.end(), '-', '_');
    const auto* parameter = std::find_if(std::begin(kParameters), std::end(kParameters),
                                         [&](const Parameter& each) { return each.name == name; });
    if (parameter == std::end(kParameters)) {
      throw Error(ErrorCode::kUsage,
                  "there is no parameter '" + one_line(written).substr(0, 80) + "'",
                  name == "url" ? "this server makes no requests: send the picture itself"
                                : "openapi.json has all of them");
    }
    if (!taken.insert(parameter->name).second)
      throw Error(ErrorCode::kUsage, "parameter '" + name + "' is given twice");
    parameter->take(order, value_of(*parameter, value), value);
  }
}

void complete_order(PictureOrder& order) {
  const bool is_opaque = order.has_background || !imaging::keeps_alpha(order.results.format);
  if (!order.has_kind && is_opaque) order.kind = OutputKind::kResult;
  const bool is_clear = order.kind == OutputKind::kResult && order.results.background.alpha < 255;
  const bool is_spoiled = is_clear && !imaging::keeps_alpha(order.results.format);
  if (!is_spoiled && imaging::format_of(order.kind, order.results.format) == order.results.format)
    return;
  throw Error(ErrorCode::kUsage,
              "a " + std::string(imaging::output_name(order.kind)) + " would be spoiled by JPEG",
              "take write=result, or another format");
}

}  // namespace u2net::serve
