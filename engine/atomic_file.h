// SPDX-License-Identifier: Apache-2.0
// Writes files so that a path shows either what was there before or the whole new content: into a
// temporary file of the same folder, synced, then renamed. Symbolic links are followed. Devices and
// pipes are written in place. Throws Error (kOutput) and leaves no temporary file.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

namespace u2net {

void write_file_atomically(const std::filesystem::path& path, std::span<const std::byte> data);

struct FileContent {
  std::filesystem::path path;
  std::vector<std::byte> data;
};

// Files that belong together: none is renamed before all are written.
void write_files_atomically(std::span<const FileContent> files);

}  // namespace u2net
