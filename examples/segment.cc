// SPDX-License-Identifier: Apache-2.0
// segment MODEL < picture.ppm > mask.pgm: a mask in C++. Any decoder will do; here it is binary
// PPM.
#include "u2net/segment.hpp"

#include <iostream>

int main(int argc, char** argv) try {
  std::string magic;
  int width = 0, height = 0, largest = 0;
  if (argc != 2 || !(std::cin >> magic >> width >> height >> largest) || magic != "P6") return 2;
  std::cin.ignore(1);
  std::vector<std::uint8_t> pixels(std::size_t(width) * std::size_t(height) * 3);
  std::cin.read(reinterpret_cast<char*>(pixels.data()), std::streamsize(pixels.size()));

  u2net::Segmenter segmenter{u2net::Model(u2net::Config(argv[1]))};
  u2net::Mask mask = segmenter.segment({pixels.data(), width, height});

  std::cout << "P5\n" << width << ' ' << height << "\n255\n";
  std::cout.write(reinterpret_cast<const char*>(mask.pixels.data()),
                  std::streamsize(mask.pixels.size()));
} catch (const std::exception& e) {
  std::cerr << "error: " << e.what() << '\n';
  return 1;
}
