// SPDX-License-Identifier: Apache-2.0
// The list of convolutions: every form for every instruction set, the best set first. Which form of
// a set is used is a matter of cost.
#include <algorithm>
#include <array>
#include <utility>

#include "kernels/conv2d/conv_form.h"
#include "kernels/conv2d/conv_prices.h"
#include "kernels/conv2d/forms.h"

namespace u2net::kernels {
namespace {

constexpr auto kSets = codes_for<ConvCode>(InstructionSets{});
constexpr auto kTestSets = codes_for<ConvCode>(TestSets{});
constexpr auto kTileSets = codes_for<ConvCode>(TileSets{});
constexpr auto kTileTestSets = codes_for<ConvCode>(TileTestSets{});

template <class Form>
constexpr auto kForm = Form::describe();

template <class... Forms>
constexpr std::array<const ConvForm*, sizeof...(Forms)> described(ConvFormList<Forms...>) {
  return {&kForm<Forms>...};
}
constexpr auto kForms = described(ConvForms{});
constexpr auto kTileForms = described(TileForms{});

// What was not measured is dear: it is taken where nothing else can do the work.
constexpr double kUnknownPrices[ConvTerms::kCount] = {1000, 1000, 1000, 1000, 1000, 1000};

// Of convolutions on tiles: a product by the peak of AMX at 3.06 GHz, the rest fitted by hand to
// what an experiment took for the convolutions of U2Netp on two such cores. Emulated tiles have the
// same: they run the plan that the hardware would.
constexpr double kTilePrices[ConvTerms::kCount] = {2000, 5.23, 12, 250, 0, 0};

constexpr const double* prices_of(std::string_view form, std::string_view set) {
  for (const ConvPrices& row : kConvPrices) {
    if (row.form == form && row.set == set) return row.ns;
  }
  // The same but for the filters, whose transforms are more to move.
  if (form == kForm<WinogradOf<4, true>>.name) return prices_of(kForm<WinogradOf<4>>.name, set);
  // Not measured yet: the same templates in registers, with fused multiplication as there.
  if (set == kNeon.name) return prices_of(form, kAvx2.name);
  const bool on_tiles = form == TileConv::kName || form == SplitTileConv::kName;
  return on_tiles ? kTilePrices : kUnknownPrices;
}

// Every form of a list for every set, set by set.
template <const auto& Forms, const auto& Sets>
constexpr auto product() {
  constexpr std::size_t kCount = Forms.size();
  return []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<ConvVariant, sizeof...(I)>{
        ConvVariant(*Forms[I % kCount], I % kCount, Sets[I / kCount],
                    prices_of(Forms[I % kCount]->name, Sets[I / kCount].set->name))...};
  }
  (std::make_index_sequence<kCount * Sets.size()>{});
}

constinit const auto kVariants = product<kForms, kSets>();
constinit const auto kTestVariants = product<kForms, kTestSets>();
constinit const auto kTileVariants = product<kTileForms, kTileSets>();
constinit const auto kTileTestVariants = product<kTileForms, kTileTestSets>();

}  // namespace

std::vector<std::int64_t> source_channels(const FusedConv2d& conv) {
  std::vector<std::int64_t> channels;
  for (const ConvSource& source : conv.sources) channels.push_back(source.layout.c);
  return channels;
}

std::string ConvVariant::name() const {
  return std::string(form_->name) + ":" + std::string(set_->set->name);
}
std::string_view ConvVariant::form() const { return form_->name; }
RoundingModel ConvVariant::rounding() const { return form_->rounding; }
std::string ConvVariant::unsupported_reason(const ConvProblem& problem) const {
  if (problem.element != form_->element) return "elements of another type";
  return form_->unsupported_reason(*form_, problem, set_->code().width);
}
double ConvVariant::cost(const ConvProblem& problem) const {
  const ConvTerms terms = this->terms(problem);
  double ns = 0;
  for (int i = 0; i < ConvTerms::kCount; ++i) ns += terms.amounts[i] * prices_[i];
  // The least where packed filters come from memory, as they do once a run. Of variants that wait
  // for the same filters the one with less to do: its share, of all.
  constexpr double kShare = 1.0 / 16;
  const double waiting = terms.filter_bytes * kFilterByteNs;
  return std::max(ns, waiting) + kShare * ns + terms.conversions * kConversionNs;
}
ConvTerms ConvVariant::terms(const ConvProblem& problem) const {
  ConvTerms terms = form_->terms(*form_, problem, set_->code());
  terms.filter_bytes = packed_bytes(problem);
  return terms;
}
ElementType ConvVariant::element() const { return form_->element; }
ElementType ConvVariant::packed_element() const { return form_->packed_element; }
bool ConvVariant::moves_weights() const { return form_->moves_weights; }
double ConvVariant::packed_bytes(const ConvProblem& problem) const {
  return static_cast<double>(bytes_of(form_->packed_element)) *
         form_->packed_elements(*form_, problem, set_->code().width);
}
ConvRequirements ConvVariant::requirements(const Conv2dParams& params) const {
  return form_->requirements(*form_, params, set_->code().width);
}
std::unique_ptr<ConvKernel> ConvVariant::plan(const FusedConv2d& conv,
                                              const ConvMachine& machine) const {
  return form_->plan(*form_, set_->code(), set_->code().run[index_], conv, machine);
}

std::vector<std::string> conv_forms() {
  std::vector<std::string> forms;
  for (const ConvForm* form : kForms) forms.emplace_back(form->name);
  return forms;
}

std::span<const ConvVariant> conv_variants() { return kVariants; }
std::span<const ConvVariant> conv_variants(const CpuFeatures& features) {
  std::span<const ConvVariant> left = kVariants;
  while (left.size() > kForms.size() && !features.contains(left.front().required_features()))
    left = left.subspan(kForms.size());
  return left.first(kForms.size());
}
std::span<const ConvVariant> conv_test_variants() { return kTestVariants; }
std::span<const ConvVariant> tile_conv_variants() { return kTileVariants; }
std::span<const ConvVariant> tile_conv_test_variants() { return kTileTestVariants; }

}  // namespace u2net::kernels
