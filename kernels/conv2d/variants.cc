// SPDX-License-Identifier: Apache-2.0
// The list of convolutions: every form for every instruction set, the best set first. Which form of
// a set is used is a matter of cost.
#include <array>
#include <utility>

#include "kernels/conv2d/conv_form.h"
#include "kernels/conv2d/forms.h"

namespace u2net::kernels {
namespace {

constinit const auto kSets = codes_for<ConvCode>(InstructionSets{});
constinit const auto kTestSets = codes_for<ConvCode>(TestSets{});

template <class Form>
constinit const auto kForm = Form::describe();

template <class... Forms>
constexpr std::array<const ConvForm*, sizeof...(Forms)> described(ConvFormList<Forms...>) {
  return {&kForm<Forms>...};
}
constexpr auto kForms = described(ConvForms{});

// Set by set.
template <std::size_t... I>
constexpr std::array<ConvVariant, sizeof...(I)> product(const CodeOfSet<ConvCode>* sets,
                                                        std::index_sequence<I...>) {
  return {ConvVariant(*kForms[I % kForms.size()], I % kForms.size(), sets[I / kForms.size()])...};
}

constinit const auto kVariants =
    product(kSets.data(), std::make_index_sequence<kSets.size() * kForms.size()>{});
constinit const auto kTestVariants =
    product(kTestSets.data(), std::make_index_sequence<kTestSets.size() * kForms.size()>{});

}  // namespace

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
  return form_->cost(*form_, problem, set_->code().width);
}
ElementType ConvVariant::element() const { return form_->element; }
ElementType ConvVariant::packed_element() const { return form_->packed_element; }
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

double filter_traffic_cost(double bytes) {
  constexpr double kCost = 1.75;  // of one thread
  return kCost * kUsualThreads * bytes;
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

}  // namespace u2net::kernels
