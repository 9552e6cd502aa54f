// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/model_hash.h"

#include <nettle/sha2.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <vector>

#include "engine/base/error.h"
#include "loader/model_files.h"
#include "models/load_network.h"

namespace u2net::cli {
using namespace engine;
namespace {

namespace fs = std::filesystem;

std::string sha256(const std::filesystem::path& path) {
  sha256_ctx context;
  sha256_init(&context);
  std::ifstream file(path, std::ios::binary);
  std::vector<char> block(1 << 16);
  while (file.read(block.data(), static_cast<std::streamsize>(block.size())) || file.gcount() > 0) {
    sha256_update(&context, static_cast<std::size_t>(file.gcount()),
                  reinterpret_cast<const std::uint8_t*>(block.data()));
  }
  std::uint8_t digest[SHA256_DIGEST_SIZE];
  sha256_digest(&context, sizeof digest, digest);
  std::string text;
  for (std::uint8_t byte : digest) {
    char hex[3];
    std::snprintf(hex, sizeof hex, "%02x", byte);
    text += hex;
  }
  return text;
}

// Of a program with its parameters, or what mode dynamic takes where there is no program.
std::vector<fs::path> files_of(const std::string& model, const std::string& parameters) {
  const fs::path suffix = fs::path(model).extension();
  if (suffix == ".pdparams" || suffix == ".pth" || suffix == ".pt") return {model};
  ModelFiles files;
  try {
    files = find_model_files(model, parameters);
  } catch (const Error&) {
    const NetworkFiles code = {.mode = "dynamic", .model = model, .parameters = parameters};
    if (!has_state_dict(code)) throw;
    return {state_dict_of(code)};
  }
  std::vector<fs::path> paths = {files.program};
  if (files.combined) paths.push_back(*files.combined);
  return paths;
}

}  // namespace

Json model_sha256(const std::string& model, const std::string& parameters) {
  Json hashes = Json::object();
  std::error_code ignored;
  for (const fs::path& path : files_of(model, parameters)) {
    if (fs::is_regular_file(path, ignored)) hashes[path.filename().string()] = sha256(path);
  }
  return hashes;
}

}  // namespace u2net::cli
