// SPDX-License-Identifier: Apache-2.0
// Operators that move elements and rename shapes.
#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>
#include <vector>

#include "tests/fuzz/growth.h"

namespace u2net::fuzz {
namespace {

bool flatten_range(Growth& w) {
  const auto x = w.pick_rank(1, 6);
  if (!x) return false;
  const std::int64_t start = w.c.between(0, w.rank(*x) - 1),
                     stop = w.c.between(start, w.rank(*x) - 1);
  return w.add("flatten_contiguous_range", {{"X", {*x}}},
               {{"start_axis", start}, {"stop_axis", w.c.coin() ? stop : stop - w.rank(*x)}});
}

bool flatten2(Growth& w) {
  const auto x = w.pick_rank(1, 6);
  return x && w.add("flatten2", {{"X", {*x}}}, {{"axis", w.c.between(0, w.rank(*x))}});
}

bool squeeze2(Growth& w) {
  const auto x = w.pick_rank(1, 6);
  if (!x) return false;
  Integers axes;
  for (std::int64_t d = 0; d < w.rank(*x); ++d) {
    if (w.c.chance(6)) axes.push_back(w.c.coin() ? d : d - w.rank(*x));
  }
  return w.add("squeeze2", {{"X", {*x}}}, {{"axes", axes}});
}

bool unsqueeze2(Growth& w) {
  const auto x = w.pick_rank(0, 4);
  if (!x) return false;
  Integers axes{w.c.between(0, w.rank(*x))};
  if (w.c.coin()) axes.push_back(w.c.coin() ? -1 : w.c.between(0, w.rank(*x) + 1));
  TracedGraph::Slots slots = {{"X", {*x}}};
  const std::size_t from = w.c.below(6);
  if (from == 1) slots.push_back({"AxesTensor", {w.sizes(axes)}});
  if (from == 2) slots.push_back({"AxesTensorList", w.sizes_one_by_one(axes)});
  return w.add("unsqueeze2", slots, {{"axes", axes}});
}

bool transpose(Growth& w, std::string_view type) {
  const auto x = w.pick_rank(1, 6);
  if (!x) return false;
  Integers axes(static_cast<std::size_t>(w.rank(*x)));
  std::iota(axes.begin(), axes.end(), 0);
  for (std::size_t i = axes.size(); i-- > 1;) std::swap(axes[i], axes[w.c.below(i + 1)]);
  return w.add(type, {{"X", {*x}}}, {{"axis", axes}});
}
bool transpose2(Growth& w) { return transpose(w, "transpose2"); }
bool transpose1(Growth& w) { return transpose(w, "transpose"); }

bool expand_v2(Growth& w) {
  const auto x = w.pick_rank(0, 4);
  if (!x) return false;
  Integers shape;
  if (w.c.coin()) shape.push_back(w.c.between(1, 3));
  for (std::int64_t size : w.g.shape(*x))
    shape.push_back(size == 1 ? w.c.between(1, 4) : w.c.coin() ? size : -1);
  TracedGraph::Slots slots = {{"X", {*x}}};
  const std::size_t from = shape.empty() ? 0 : w.c.below(6);
  if (from == 1) slots.push_back({"Shape", {w.sizes(shape)}});
  if (from == 2) slots.push_back({"expand_shapes_tensor", w.sizes_one_by_one(shape)});
  return w.add("expand_v2", slots, {{"shape", shape}});
}

bool expand_as_v2(Growth& w) {
  const auto y = w.pick_rank(1, 5);
  if (!y) return false;
  Shape part = w.g.shape(*y);
  for (std::int64_t& size : part) size = w.c.coin() ? 1 : size;
  const ValueId x = w.g.constant(w.random_tensor(DType::kFloat32, part));
  TracedGraph::Slots slots = {{"X", {x}}};
  if (w.c.chance(12)) slots.push_back({"Y", {*y}});
  return w.add("expand_as_v2", slots, {{"target_shape", Integers(w.g.shape(*y))}});
}

bool tile(Growth& w) {
  const auto x = w.pick_rank(0, 4);
  if (!x) return false;
  Integers repeats;
  for (std::int64_t n = w.c.between(1, w.rank(*x) + 1); n > 0; --n)
    repeats.push_back(w.c.between(1, 3));
  TracedGraph::Slots slots = {{"X", {*x}}};
  const std::size_t from = w.c.below(6);
  if (from == 1) slots.push_back({"RepeatTimes", {w.sizes(repeats)}});
  if (from == 2) slots.push_back({"repeat_times_tensor", w.sizes_one_by_one(repeats)});
  return w.add("tile", slots, {{"repeat_times", repeats}});
}

bool repeat_interleave(Growth& w) {
  const auto x = w.pick_rank(1, 5);
  if (!x) return false;
  return w.add("repeat_interleave", {{"X", {*x}}},
               {{"Repeats", w.c.between(1, 3)}, {"dim", w.some_axis(w.rank(*x))}});
}

bool diag_v2(Growth& w) {
  const auto x = w.pick_rank(1, 2);
  return x && w.g[*x].value.size() < 64 &&
         w.add("diag_v2", {{"X", {*x}}},
               {{"offset", w.c.between(-1, 1)}, {"padding_value", w.c.one_of({0.0, 1.5})}});
}

bool flip(Growth& w) {
  const auto x = w.pick_rank(1, 6);
  return x && w.add("flip", {{"X", {*x}}}, {{"axis", Integers{w.some_axis(w.rank(*x))}}});
}

bool roll(Growth& w) {
  const auto x = w.pick_rank(1, 6);
  if (!x) return false;
  const Integers shifts{w.c.between(-7, 7)};
  TracedGraph::Slots slots = {{"X", {*x}}};
  if (w.c.chance(4)) slots.push_back({"ShiftsTensor", {w.sizes(shifts)}});
  Integers axes;
  if (w.c.chance(12)) axes.push_back(w.some_axis(w.rank(*x)));
  return w.add("roll", slots, {{"shifts", shifts}, {"axis", axes}});
}

// A float image, or one that is shaped to have these factors.
bool shuffle(Growth& w, const char* type, const char* attribute, bool of_channels) {
  const auto x = w.pick_rank(4, 4);
  if (!x) return false;
  const Shape& s = w.g.shape(*x);
  const bool last = w.c.chance(5);
  const std::int64_t channels = last ? s[3] : s[1], h = last ? s[1] : s[2], v = last ? s[2] : s[3];
  std::int64_t factor = 1;
  for (std::int64_t f : {2, 3, 4}) {
    const bool fits =
        of_channels ? channels % (attribute[0] == 'u' ? f * f : f) == 0 : h % f == 0 && v % f == 0;
    if (fits) factor = f;
  }
  return w.add(type, {{"X", {*x}}},
               {{attribute, factor}, {"data_format", std::string(last ? "NHWC" : "NCHW")}});
}
bool pixel_shuffle(Growth& w) { return shuffle(w, "pixel_shuffle", "upscale_factor", true); }
bool pixel_unshuffle(Growth& w) { return shuffle(w, "pixel_unshuffle", "downscale_factor", false); }
bool channel_shuffle(Growth& w) { return shuffle(w, "channel_shuffle", "groups", true); }
bool shuffle_channel(Growth& w) { return shuffle(w, "shuffle_channel", "group", true); }

bool split(Growth& w) {
  const auto x = w.pick_rank(1, 6);
  if (!x) return false;
  const std::int64_t rank = w.rank(*x), axis = w.some_axis(rank),
                     size = w.g.shape(*x)[static_cast<std::size_t>(axis < 0 ? axis + rank : axis)];
  TracedGraph::Slots slots = {{"X", {*x}}};
  Attributes attributes = {{"axis", axis}};
  if (w.c.chance(3)) slots.push_back({"AxisTensor", {w.sizes({axis})}});
  std::size_t count = 0;
  if (w.c.coin()) {
    std::int64_t parts = size <= 8 ? size : 1;
    for (std::int64_t n : {3, 2}) parts = size % n == 0 && w.c.coin() ? n : parts;
    attributes["num"] = parts;
    count = static_cast<std::size_t>(parts);
  } else {
    Integers sections;
    for (std::int64_t left = size; left > 0; left -= sections.back())
      sections.push_back(sections.size() == 4 ? left : w.c.between(1, left));
    count = sections.size();
    if (w.c.coin()) sections[w.c.below(std::max<std::size_t>(count, 1))] = -1;
    attributes["sections"] = sections;
    if (w.c.chance(3)) slots.push_back({"SectionsTensorList", w.sizes_one_by_one(sections)});
  }
  return w.add("split", slots, attributes, count);
}

bool unbind(Growth& w, const char* type) {
  const auto x = w.pick([&](ValueId id) {
    const Shape& s = w.g.shape(id);
    return std::any_of(s.begin(), s.end(),
                       [](std::int64_t size) { return size >= 1 && size <= 8; });
  });
  if (!x) return false;
  for (int tries = 0; tries < 4; ++tries) {
    const std::int64_t rank = w.rank(*x), axis = w.some_axis(rank),
                       size =
                           w.g.shape(*x)[static_cast<std::size_t>(axis < 0 ? axis + rank : axis)];
    if (size < 1 || size > 8) continue;
    return w.add(type, {{"X", {*x}}}, {{"axis", axis}, {"num", size}},
                 static_cast<std::size_t>(size));
  }
  return false;
}
bool unbind0(Growth& w) { return unbind(w, "unbind"); }
bool unstack(Growth& w) { return unbind(w, "unstack"); }

bool stack(Growth& w) {
  const auto x = w.pick_rank(0, 5);
  if (!x) return false;
  std::vector<ValueId> parts(1 + w.c.below(4), *x);
  for (ValueId& part : parts) {
    if (const auto like = w.pick_like(*x); like && w.c.coin()) part = *like;
  }
  return w.add("stack", {{"X", parts}}, {{"axis", w.some_axis(w.rank(*x) + 1)}});
}

bool meshgrid(Growth& w) {
  std::vector<ValueId> parts;
  for (std::size_t n = 1 + w.c.below(3); n > 0; --n)
    parts.push_back(w.g.constant(w.random_tensor(DType::kFloat32, {w.c.between(1, 5)})));
  if (const auto x = w.pick_rank(1, 1); x && w.g.dtype(*x) == DType::kFloat32) parts[0] = *x;
  return w.add("meshgrid", {{"X", parts}}, {}, parts.size());
}

bool pad(Growth& w) {
  const auto x = w.pick_rank(1, 6);
  if (!x) return false;
  Integers paddings;
  for (std::int64_t i = 0; i < 2 * w.rank(*x); ++i) paddings.push_back(w.c.between(0, 2));
  return w.add("pad", {{"X", {*x}}},
               {{"paddings", paddings}, {"pad_value", w.c.coin() ? 0.0 : 1.5}});
}

bool pad_image(Growth& w, const char* type, std::size_t rank, const char* value,
               const char* replicate, std::vector<std::string> layouts) {
  const auto x = w.pick_rank(rank, rank);
  if (!x) return false;
  Integers paddings;
  for (std::size_t i = 0; i < (rank == 4 ? 4U : 6U); ++i) paddings.push_back(w.c.between(0, 2));
  TracedGraph::Slots slots = {{"X", {*x}}};
  if (w.c.chance(4)) slots.push_back({"Paddings", {w.sizes(paddings)}});
  const std::string mode = w.c.one_of<std::string>(
      {"constant", "reflect", replicate, rank == 4 ? "constant" : "circular"});
  return w.add(type, slots,
               {{"paddings", paddings},
                {"mode", mode},
                {value, w.c.coin() ? 0.0 : -0.5},
                {"data_format", layouts[w.c.below(layouts.size())]}});
}
bool pad2d(Growth& w) {
  return pad_image(w, "pad2d", 4, "pad_value", "edge", {"NCHW", "NCHW", "NHWC"});
}
bool pad3d(Growth& w) {
  const auto x = w.pick_rank(4, 4);
  if (!x || !w.add("unsqueeze2", {{"X", {*x}}}, {{"axes", Integers{2}}})) return false;
  return pad_image(w, "pad3d", 5, "value", "replicate", {"NCDHW", "NCDHW", "NDHWC"});
}

bool tril_triu(Growth& w) {
  const auto x = w.pick_rank(2, 6);
  return x && w.add("tril_triu", {{"X", {*x}}},
                    {{"diagonal", w.c.between(-3, 3)}, {"lower", w.c.coin()}});
}

bool unfold(Growth& w) {
  const auto x = w.pick_image();
  if (!x) return false;
  const auto two = [&](std::int64_t low, std::int64_t high) {
    return Integers{w.c.between(low, high), w.c.between(low, high)};
  };
  Integers paddings = two(0, 2);
  for (std::int64_t more : two(0, 2)) paddings.push_back(more);
  return w.add("unfold", {{"X", {*x}}},
               {{"kernel_sizes", two(1, 3)},
                {"strides", two(1, 2)},
                {"dilations", two(1, 2)},
                {"paddings", paddings}});
}

bool size(Growth& w) {
  const auto x = w.pick([](ValueId) { return true; });
  return x && w.add("size", {{"Input", {*x}}});
}

constexpr Maker kMakers[] = {
    {"channel_shuffle", channel_shuffle},
    {"diag_v2", diag_v2},
    {"expand_as_v2", expand_as_v2},
    {"expand_v2", expand_v2},
    {"flatten2", flatten2},
    {"flatten_contiguous_range", flatten_range},
    {"flip", flip},
    {"meshgrid", meshgrid},
    {"pad", pad},
    {"pad2d", pad2d},
    {"pad3d", pad3d},
    {"pixel_shuffle", pixel_shuffle},
    {"pixel_unshuffle", pixel_unshuffle},
    {"repeat_interleave", repeat_interleave},
    {"roll", roll},
    {"shuffle_channel", shuffle_channel},
    {"size", size},
    {"split", split},
    {"squeeze2", squeeze2},
    {"stack", stack},
    {"tile", tile},
    {"transpose", transpose1},
    {"transpose2", transpose2},
    {"tril_triu", tril_triu},
    {"unbind", unbind0},
    {"unfold", unfold},
    {"unsqueeze2", unsqueeze2},
    {"unstack", unstack},
};

}  // namespace

std::span<const Maker> movement_makers() {
  static const std::vector<Maker> all = [] {
    std::vector<Maker> makers(std::begin(kMakers), std::end(kMakers));
    const std::span<const Maker> positions = position_makers();
    makers.insert(makers.end(), positions.begin(), positions.end());
    // By name, so that decisions in a corpus keep their meaning wherever a maker stands.
    std::sort(makers.begin(), makers.end(),
              [](const Maker& a, const Maker& b) { return a.name < b.name; });
    return makers;
  }();
  return all;
}

}  // namespace u2net::fuzz
