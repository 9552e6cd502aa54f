// SPDX-License-Identifier: Apache-2.0
// tensors MODEL < input.f32 > output.f32: any network in C++, on numbers as they lie in memory.
// Here its one input is 1x3x320x320; the first output is written.
#include <iostream>

#include "u2net/u2net.hpp"

int main(int argc, char** argv) try {
  if (argc != 2) return 2;
  const u2net::Shape shape = {1, 3, 320, 320};
  std::vector<float> pixels(u2net::element_count(shape));
  std::cin.read(reinterpret_cast<char*>(pixels.data()),
                std::streamsize(pixels.size() * sizeof(float)));
  if (!std::cin) return 2;

  u2net::Model model(u2net::Config(argv[1]).set_threads(2));  // threads may share it
  u2net::Session session(model);                              // one for each of them
  std::vector<u2net::Tensor> outputs = session.run({{pixels.data(), shape}});

  std::cerr << model.output_names()[0] << ": " << u2net::to_string(outputs[0].shape()) << '\n';
  std::cout.write(static_cast<const char*>(outputs[0].data()), std::streamsize(outputs[0].bytes()));
} catch (const u2net::Error& e) {
  std::cerr << "error: " << e.what() << '\n' << e.hint() << '\n';
  return 1;
}
