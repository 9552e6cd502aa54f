// SPDX-License-Identifier: Apache-2.0
// Operators that move elements, rename shapes, and take elements by number.
#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "tests/fuzz/growth.h"

namespace u2net::fuzz {
namespace {

std::size_t any(Choices& c, std::size_t count) { return c.below(std::max<std::size_t>(count, 1)); }

std::optional<ValueId> pick_rank(Growth& w, std::size_t least, std::size_t most) {
  return w.pick([&](ValueId id) {
    const std::size_t rank = w.g.shape(id).size();
    return rank >= least && rank <= most && w.g[id].value.size() > 0;
  });
}

std::int64_t rank_of(Growth& w, ValueId id) {
  return static_cast<std::int64_t>(w.g.shape(id).size());
}

// An axis, now and then counted from the end.
std::int64_t some_axis(Growth& w, std::int64_t rank) {
  const auto axis = static_cast<std::int64_t>(any(w.c, static_cast<std::size_t>(rank)));
  return w.c.chance(4) ? axis - rank : axis;
}

bool flatten_range(Growth& w) {
  const auto x = pick_rank(w, 1, 6);
  if (!x) return false;
  const std::int64_t start = w.c.between(0, rank_of(w, *x) - 1),
                     stop = w.c.between(start, rank_of(w, *x) - 1);
  return w.add("flatten_contiguous_range", {{"X", {*x}}},
               {{"start_axis", start}, {"stop_axis", w.c.coin() ? stop : stop - rank_of(w, *x)}});
}

bool flatten2(Growth& w) {
  const auto x = pick_rank(w, 1, 6);
  return x && w.add("flatten2", {{"X", {*x}}}, {{"axis", w.c.between(0, rank_of(w, *x))}});
}

bool squeeze2(Growth& w) {
  const auto x = pick_rank(w, 1, 6);
  if (!x) return false;
  Integers axes;
  for (std::int64_t d = 0; d < rank_of(w, *x); ++d) {
    if (w.c.chance(6)) axes.push_back(w.c.coin() ? d : d - rank_of(w, *x));
  }
  return w.add("squeeze2", {{"X", {*x}}}, {{"axes", axes}});
}

bool unsqueeze2(Growth& w) {
  const auto x = pick_rank(w, 0, 4);
  if (!x) return false;
  Integers axes{w.c.between(0, rank_of(w, *x))};
  if (w.c.coin()) axes.push_back(w.c.coin() ? -1 : w.c.between(0, rank_of(w, *x) + 1));
  TracedGraph::Slots slots = {{"X", {*x}}};
  const std::size_t from = w.c.below(6);
  if (from == 1) slots.push_back({"AxesTensor", {w.sizes(axes)}});
  if (from == 2) slots.push_back({"AxesTensorList", w.sizes_one_by_one(axes)});
  return w.add("unsqueeze2", slots, {{"axes", axes}});
}

bool transpose(Growth& w, std::string_view type) {
  const auto x = pick_rank(w, 1, 6);
  if (!x) return false;
  Integers axes(static_cast<std::size_t>(rank_of(w, *x)));
  std::iota(axes.begin(), axes.end(), 0);
  for (std::size_t i = axes.size(); i-- > 1;) std::swap(axes[i], axes[w.c.below(i + 1)]);
  return w.add(type, {{"X", {*x}}}, {{"axis", axes}});
}
bool transpose2(Growth& w) { return transpose(w, "transpose2"); }
bool transpose1(Growth& w) { return transpose(w, "transpose"); }

bool expand_v2(Growth& w) {
  const auto x = pick_rank(w, 0, 4);
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
  const auto y = pick_rank(w, 1, 5);
  if (!y) return false;
  Shape part = w.g.shape(*y);
  for (std::int64_t& size : part) size = w.c.coin() ? 1 : size;
  const ValueId x = w.g.constant(w.random_tensor(DType::kFloat32, part));
  TracedGraph::Slots slots = {{"X", {x}}};
  if (w.c.chance(12)) slots.push_back({"Y", {*y}});
  return w.add("expand_as_v2", slots, {{"target_shape", Integers(w.g.shape(*y))}});
}

bool tile(Growth& w) {
  const auto x = pick_rank(w, 0, 4);
  if (!x) return false;
  Integers repeats;
  for (std::int64_t n = w.c.between(1, rank_of(w, *x) + 1); n > 0; --n)
    repeats.push_back(w.c.between(1, 3));
  TracedGraph::Slots slots = {{"X", {*x}}};
  const std::size_t from = w.c.below(6);
  if (from == 1) slots.push_back({"RepeatTimes", {w.sizes(repeats)}});
  if (from == 2) slots.push_back({"repeat_times_tensor", w.sizes_one_by_one(repeats)});
  return w.add("tile", slots, {{"repeat_times", repeats}});
}

bool repeat_interleave(Growth& w) {
  const auto x = pick_rank(w, 1, 5);
  if (!x) return false;
  return w.add("repeat_interleave", {{"X", {*x}}},
               {{"Repeats", w.c.between(1, 3)}, {"dim", some_axis(w, rank_of(w, *x))}});
}

// A box, by attributes or by tensors.
bool crop_tensor(Growth& w) {
  const auto x = pick_rank(w, 1, 6);
  if (!x) return false;
  Integers sizes, offsets;
  for (std::int64_t size : w.g.shape(*x)) {
    offsets.push_back(w.c.between(0, size - 1));
    sizes.push_back(w.c.chance(4) ? -1 : w.c.between(1, size - offsets.back()));
  }
  TracedGraph::Slots slots = {{"X", {*x}}};
  const std::size_t way = w.c.below(4);
  if (way == 1) slots.push_back({"Shape", {w.sizes(sizes)}});
  if (way == 2) slots.push_back({"OffsetsTensor", w.sizes_one_by_one(offsets)});
  return w.add("crop_tensor", slots, {{"shape", sizes}, {"offsets", offsets}});
}

bool diag_v2(Growth& w) {
  const auto x = pick_rank(w, 1, 2);
  return x && w.g[*x].value.size() < 64 &&
         w.add("diag_v2", {{"X", {*x}}},
               {{"offset", w.c.between(-1, 1)}, {"padding_value", w.c.one_of({0.0, 1.5})}});
}

// Positions from an attribute, a tensor, or a list of tensors.
void say(Growth& w, const char* attribute, const char* tensor, const char* list,
         const Integers& positions, TracedGraph::Slots& slots, Attributes& attributes) {
  attributes[attribute] = positions;
  const std::size_t from = w.c.below(6);
  if (from == 1 && tensor != nullptr) slots.push_back({tensor, {w.sizes(positions)}});
  if (from == 2) slots.push_back({list, w.sizes_one_by_one(positions)});
}

struct Walk {
  Integers axes, starts, ends, steps;
};

Walk some_walk(Growth& w, ValueId x) {
  Walk walk;
  for (std::int64_t axis = 0; axis < rank_of(w, x); ++axis) {
    if (!w.c.chance(8)) continue;
    const std::int64_t size = w.g.shape(x)[static_cast<std::size_t>(axis)],
                       a = w.c.between(0, size - 1), b = w.c.between(0, size - 1),
                       step = w.c.between(1, 3);
    const bool is_back = w.c.chance(5);
    walk.axes.push_back(axis);
    walk.starts.push_back(is_back ? std::max(a, b) : std::min(a, b));
    walk.ends.push_back(is_back ? std::min(a, b) - 1 : std::max(a, b) + 1);
    walk.steps.push_back(is_back ? -step : step);
  }
  return walk;
}

bool strided_slice(Growth& w) {
  const auto x = pick_rank(w, 1, 6);
  if (!x) return false;
  const Walk walk = some_walk(w, *x);
  if (walk.axes.empty()) return false;
  TracedGraph::Slots slots = {{"Input", {*x}}};
  Attributes attributes = {{"axes", walk.axes}};
  say(w, "starts", "StartsTensor", "StartsTensorList", walk.starts, slots, attributes);
  say(w, "ends", "EndsTensor", "EndsTensorList", walk.ends, slots, attributes);
  say(w, "strides", "StridesTensor", "StridesTensorList", walk.steps, slots, attributes);
  return w.add("strided_slice", slots, attributes);
}

bool set_value(Growth& w) {
  const auto x = pick_rank(w, 1, 5);
  if (!x) return false;
  const Walk walk = some_walk(w, *x);
  TracedGraph::Slots slots = {{"Input", {*x}}};
  Attributes attributes = {{"axes", walk.axes}};
  say(w, "starts", nullptr, "StartsTensorList", walk.starts, slots, attributes);
  say(w, "ends", nullptr, "EndsTensorList", walk.ends, slots, attributes);
  say(w, "steps", nullptr, "StepsTensorList", walk.steps, slots, attributes);
  if (w.c.coin()) {
    slots.push_back({"ValueTensor", {w.g.constant(w.random_tensor(w.g.dtype(*x), {1}))}});
  } else {
    attributes["shape"] = Integers{1};
    attributes["values"] = std::vector<double>{w.c.one_of({2.0, 0.0, -1.0})};
  }
  return w.add("set_value", slots, attributes);
}

bool flip(Growth& w) {
  const auto x = pick_rank(w, 1, 6);
  return x && w.add("flip", {{"X", {*x}}}, {{"axis", Integers{some_axis(w, rank_of(w, *x))}}});
}

bool roll(Growth& w) {
  const auto x = pick_rank(w, 1, 6);
  if (!x) return false;
  const Integers shifts{w.c.between(-7, 7)};
  TracedGraph::Slots slots = {{"X", {*x}}};
  if (w.c.chance(4)) slots.push_back({"ShiftsTensor", {w.sizes(shifts)}});
  Integers axes;
  if (w.c.chance(12)) axes.push_back(some_axis(w, rank_of(w, *x)));
  return w.add("roll", slots, {{"shifts", shifts}, {"axis", axes}});
}

// A float image, or one that is shaped to have these factors.
bool shuffle(Growth& w, const char* type, const char* attribute, bool of_channels) {
  const auto x = pick_rank(w, 4, 4);
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
  const auto x = pick_rank(w, 1, 6);
  if (!x) return false;
  const std::int64_t rank = rank_of(w, *x), axis = some_axis(w, rank),
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
    if (w.c.coin()) sections[any(w.c, count)] = -1;
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
    const std::int64_t rank = rank_of(w, *x), axis = some_axis(w, rank),
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
  const auto x = pick_rank(w, 0, 5);
  if (!x) return false;
  std::vector<ValueId> parts(1 + w.c.below(4), *x);
  for (ValueId& part : parts) {
    if (const auto like = w.pick_like(*x); like && w.c.coin()) part = *like;
  }
  return w.add("stack", {{"X", parts}}, {{"axis", some_axis(w, rank_of(w, *x) + 1)}});
}

bool meshgrid(Growth& w) {
  std::vector<ValueId> parts;
  for (std::size_t n = 1 + w.c.below(3); n > 0; --n)
    parts.push_back(w.g.constant(w.random_tensor(DType::kFloat32, {w.c.between(1, 5)})));
  if (const auto x = pick_rank(w, 1, 1); x && w.g.dtype(*x) == DType::kFloat32) parts[0] = *x;
  return w.add("meshgrid", {{"X", parts}}, {}, parts.size());
}

bool pad(Growth& w) {
  const auto x = pick_rank(w, 1, 6);
  if (!x) return false;
  Integers paddings;
  for (std::int64_t i = 0; i < 2 * rank_of(w, *x); ++i) paddings.push_back(w.c.between(0, 2));
  return w.add("pad", {{"X", {*x}}},
               {{"paddings", paddings}, {"pad_value", w.c.coin() ? 0.0 : 1.5}});
}

bool pad_image(Growth& w, const char* type, std::size_t rank, const char* value,
               const char* replicate, std::vector<std::string> layouts) {
  const auto x = pick_rank(w, rank, rank);
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
  const auto x = pick_rank(w, 4, 4);
  if (!x || !w.add("unsqueeze2", {{"X", {*x}}}, {{"axes", Integers{2}}})) return false;
  return pad_image(w, "pad3d", 5, "value", "replicate", {"NCDHW", "NCDHW", "NDHWC"});
}

Integers some_numbers(Growth& w, std::int64_t count, std::int64_t size) {
  Integers numbers;
  for (std::int64_t i = 0; i < count; ++i) numbers.push_back(w.c.between(0, size - 1));
  return numbers;
}

bool gather(Growth& w) {
  const auto x = pick_rank(w, 1, 6);
  if (!x) return false;
  const auto axis = static_cast<std::int64_t>(w.c.below(w.g.shape(*x).size()));
  const Integers numbers =
      some_numbers(w, w.c.between(1, 5), w.g.shape(*x)[static_cast<std::size_t>(axis)]);
  TracedGraph::Slots slots = {{"X", {*x}}, {"Index", {w.sizes(numbers)}}};
  if (w.c.chance(4)) slots.push_back({"Axis", {w.sizes({axis})}});
  return w.add("gather", slots, {{"axis", axis}});
}

bool index_select(Growth& w) {
  const auto x = pick_rank(w, 1, 6);
  if (!x) return false;
  const auto axis = static_cast<std::int64_t>(w.c.below(w.g.shape(*x).size()));
  const Integers numbers =
      some_numbers(w, w.c.between(1, 5), w.g.shape(*x)[static_cast<std::size_t>(axis)]);
  return w.add("index_select", {{"X", {*x}}, {"Index", {w.sizes(numbers)}}}, {{"dim", axis}});
}

// Index constants of more than one dimension.
ValueId numbers_of(Growth& w, Shape shape, const Integers& numbers) {
  return w.g.constant(Tensor::from<std::int64_t>(std::move(shape), numbers));
}

bool gather_nd(Growth& w) {
  const auto x = pick_rank(w, 1, 6);
  if (!x) return false;
  const std::int64_t count = w.c.between(1, 4), depth = w.c.between(1, rank_of(w, *x));
  Integers numbers;
  for (std::int64_t i = 0; i < count * depth; ++i) {
    const std::int64_t size = w.g.shape(*x)[static_cast<std::size_t>(i % depth)];
    numbers.push_back(w.c.between(0, size - 1));
  }
  return w.add("gather_nd", {{"X", {*x}}, {"Index", {numbers_of(w, {count, depth}, numbers)}}});
}

bool take_along_axis(Growth& w) {
  const auto x = pick_rank(w, 1, 4);
  if (!x) return false;
  const auto axis = w.c.below(w.g.shape(*x).size());
  Shape shape = w.g.shape(*x);
  const std::int64_t size = shape[axis];
  shape[axis] = w.c.between(1, 3);
  if (element_count(shape) > 2000) return false;
  const ValueId index = numbers_of(w, shape, some_numbers(w, element_count(shape), size));
  return w.add("take_along_axis", {{"Input", {*x}}, {"Index", {index}}},
               {{"Axis", static_cast<std::int64_t>(axis)}});
}

bool one_hot(Growth& w) {
  const std::int64_t depth = w.c.between(1, 5);
  const ValueId x = w.sizes(some_numbers(w, w.c.between(1, 4), depth));
  TracedGraph::Slots slots = {{"X", {x}}};
  if (w.c.chance(4)) slots.push_back({"depth_tensor", {w.sizes({depth})}});
  return w.add("one_hot_v2", slots,
               {{"depth", depth}, {"dtype", std::int64_t{5}}, {"allow_out_of_range", w.c.coin()}});
}

bool tril_triu(Growth& w) {
  const auto x = pick_rank(w, 2, 6);
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
    {"crop_tensor", crop_tensor},
    {"diag_v2", diag_v2},
    {"expand_as_v2", expand_as_v2},
    {"expand_v2", expand_v2},
    {"flatten2", flatten2},
    {"flatten_contiguous_range", flatten_range},
    {"flip", flip},
    {"gather", gather},
    {"gather_nd", gather_nd},
    {"index_select", index_select},
    {"meshgrid", meshgrid},
    {"one_hot_v2", one_hot},
    {"pad", pad},
    {"pad2d", pad2d},
    {"pad3d", pad3d},
    {"pixel_shuffle", pixel_shuffle},
    {"pixel_unshuffle", pixel_unshuffle},
    {"repeat_interleave", repeat_interleave},
    {"roll", roll},
    {"set_value", set_value},
    {"shuffle_channel", shuffle_channel},
    {"size", size},
    {"split", split},
    {"squeeze2", squeeze2},
    {"stack", stack},
    {"strided_slice", strided_slice},
    {"take_along_axis", take_along_axis},
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

std::span<const Maker> movement_makers() { return kMakers; }

}  // namespace u2net::fuzz
