// SPDX-License-Identifier: Apache-2.0
// program MODEL: runs a model of one input on a fixed input and prints a hash of the first output;
// "error" and the code where something throws.
#include <cstdint>
#include <cstdio>

#include "u2net/segment.hpp"
#include "u2net/u2net.hpp"

static_assert(__cplusplus >= 201703L);

int main(int argc, char** argv) {
  try {
    const u2net::Model model(u2net::Config(argc > 1 ? argv[1] : "no model"));
    u2net::Shape shape = model.inputs().at(0).shape;
    for (std::int64_t& dim : shape) dim = dim < 0 ? 8 : dim;
    u2net::Tensor x(u2net::DType::kFloat32, shape);
    for (std::size_t i = 0; i < x.size(); ++i)
      x.data<float>()[i] = static_cast<float>(i % 17) / 16.0F - 0.5F;
    u2net::Session session(model);
    session.set_input(0, x);
    session.run();
    const u2net::Tensor y = session.output(0);
    std::uint64_t hash = 14695981039346656037U;
    for (std::size_t i = 0; i < y.bytes(); ++i)
      hash = (hash ^ static_cast<const unsigned char*>(y.data())[i]) * 1099511628211U;
    std::printf("%s %016llx\n", u2net::to_string(y.shape()).c_str(),
                static_cast<unsigned long long>(hash));
    return 0;
  } catch (const u2net::Error& e) {
    std::printf("error %s\n", e.name().c_str());
    return 1;
  }
}
