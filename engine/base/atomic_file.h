// SPDX-License-Identifier: Apache-2.0
// Writes files so that a path shows either what was there before or the whole new content: into a
// temporary file of the same folder, synced, then put in its place. Symbolic links are followed,
// and stay; where one leads nowhere, the file is made there. Devices, pipes and what a link of
// /proc leads to (/dev/stdout) are written in place. Throws Error (kOutput) and leaves no temporary
// file.
//
// Where the kernel has files without names (O_TMPFILE: ext4, xfs, btrfs, tmpfs, overlayfs and
// others), a killed process leaves nothing either, but for the moment between two system calls,
// linkat and rename, in which an existing file is replaced. Elsewhere the temporary file has a
// name,
// ".u2net-*.tmp", while it is written. A program that calls remove_temporary_files() in its signal
// handlers (engine/base/temporary_file.h) leaves none whatever signal it handles.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

namespace u2net::engine {

void write_file_atomically(const std::filesystem::path& path, std::span<const std::byte> data);

struct FileContent {
  std::filesystem::path path;
  std::vector<std::byte> data;
};

// Files that belong together: none is put in its place before all are written.
void write_files_atomically(std::span<const FileContent> files);

}  // namespace u2net::engine
