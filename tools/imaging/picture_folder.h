// SPDX-License-Identifier: Apache-2.0
// The pictures of a folder: what is one by its bytes, whatever its name, and what has a picture's
// name, whatever is in it (that it cannot be read is told then). Everything else is left out, with
// the reason.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace u2net::imaging {

struct FolderPicture {
  std::filesystem::path path;
  std::filesystem::path folder;  // inside of the one that was named; empty: in itself
};

struct LeftOut {
  std::filesystem::path path;
  std::string why;  // "no picture", "hidden", ...
};

struct FolderContent {
  std::vector<FolderPicture> pictures;  // by name
  std::vector<LeftOut> left_out;
};

// Throws engine::Error (kInputNotFound) where the folder cannot be read. Folders inside are left
// out unless `recursive`; links to folders are never followed.
FolderContent list_folder(const std::filesystem::path& folder, bool recursive);

// By its ending or, where there is such a file, by its first bytes; formats that cannot be read
// count.
bool is_picture(const std::filesystem::path& path);

}  // namespace u2net::imaging
