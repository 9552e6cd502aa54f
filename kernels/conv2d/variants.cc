// SPDX-License-Identifier: Apache-2.0
// The list of convolutions: every form for every instruction set, the best set first. Which form of
// a set is used is a matter of cost.
#include <array>
#include <utility>

#include "kernels/conv2d/conv_form.h"
#include "kernels/conv2d/forms.h"

namespace u2net::kernels {
namespace {

constinit const ConvSet kSets[] = {
#ifdef U2NET_X86
    {kAvx512, &conv_code_avx512},
    {kAvx2, &conv_code_avx2},
#endif
    {kPortable, &conv_code_portable},
};
constinit const ConvSet kTestSets[] = {
    {{"portable8", {}}, &conv_code_portable8},
    {{"portable16", {}}, &conv_code_portable16},
};

template <class Form>
constinit const auto kForm = Form::describe();

template <class... Forms>
constexpr std::array<const ConvForm*, sizeof...(Forms)> described(ConvFormList<Forms...>) {
  return {&kForm<Forms>...};
}
constexpr auto kForms = described(ConvForms{});

// Set by set.
template <std::size_t... I>
constexpr std::array<ConvVariant, sizeof...(I)> product(const ConvSet* sets,
                                                        std::index_sequence<I...>) {
  return {ConvVariant(*kForms[I % kForms.size()], I % kForms.size(), sets[I / kForms.size()])...};
}

constinit const auto kVariants =
    product(kSets, std::make_index_sequence<std::size(kSets) * kForms.size()>{});
constinit const auto kTestVariants =
    product(kTestSets, std::make_index_sequence<std::size(kTestSets) * kForms.size()>{});

}  // namespace

std::string ConvVariant::name() const {
  return std::string(form_->name) + ":" + std::string(set_->set.name);
}
std::string_view ConvVariant::form() const { return form_->name; }
bool ConvVariant::exact() const { return form_->exact; }
std::string ConvVariant::unsupported_reason(const ConvProblem& problem) const {
  return form_->unsupported_reason(*form_, problem, set_->code->width);
}
double ConvVariant::cost(const ConvProblem& problem) const {
  return form_->cost(*form_, problem, set_->code->width);
}
double ConvVariant::packed_floats(const ConvProblem& problem) const {
  return form_->packed_floats(*form_, problem, set_->code->width);
}
ConvRequirements ConvVariant::requirements(const Conv2dParams& params) const {
  return form_->requirements(*form_, params, set_->code->width);
}
std::unique_ptr<ConvKernel> ConvVariant::plan(const FusedConv2d& conv,
                                              const ConvMachine& machine) const {
  return form_->plan(*form_, *set_->code, set_->code->run[index_], conv, machine);
}

double filter_traffic_cost(double floats) {
  constexpr double kCost = 7;  // of one thread
  return kCost * kUsualThreads * floats;
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
