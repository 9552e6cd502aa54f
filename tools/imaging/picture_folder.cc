// SPDX-License-Identifier: Apache-2.0
#include "tools/imaging/picture_folder.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <set>
#include <string_view>
#include <system_error>

#include "engine/base/error.h"
#include "tools/imaging/format.h"
#include "tools/imaging/picture_list.h"
#include "tools/imaging/result_mark.h"

namespace u2net::imaging {
using namespace engine;
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEndings[] = {".bmp", ".jpeg", ".jpg", ".pgm", ".png", ".pnm", ".ppm"};

bool has_picture_ending(const fs::path& path) {
  std::string ending = path.extension().string();
  for (char& c : ending) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::find(std::begin(kEndings), std::end(kEndings), ending) != std::end(kEndings);
}

std::vector<std::byte> read_head(const fs::path& path) {
  std::vector<std::byte> head(1024);
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(head.data()), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  return head;
}

// "a" of "a.mask.png", "a.jpg" of "a.jpg.mask.png"; empty where the name is no result's.
std::string picture_of_result(const fs::path& path) {
  const fs::path without_ending = path.filename().stem();
  for (const OutputKind kind : kOutputKinds) {
    if (without_ending.extension() == "." + std::string(output_name(kind)))
      return without_ending.stem().string();
  }
  return {};
}

class Lister {
 public:
  explicit Lister(bool recursive) : recursive_(recursive) {}

  void list(const fs::path& folder, const fs::path& inside) {
    std::vector<fs::directory_entry> files;
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
      files.push_back(*it);
    if (error) {
      throw Error(ErrorCode::kInputNotFound,
                  "cannot read directory '" + folder.string() + "': " + error.message());
    }
    std::sort(files.begin(), files.end());
    std::set<std::string> names;  // with and without endings
    for (const auto& file : files) {
      names.insert(file.path().filename().string());
      if (!is_result_name(file.path())) names.insert(file.path().stem().string());
    }
    std::vector<fs::path> folders;
    for (const auto& file : files) take(file, inside, names, folders);
    for (const fs::path& deeper : folders) list_deeper(deeper, inside / deeper.filename());
  }

  FolderContent content;

 private:
  static bool is_result_name(const fs::path& path) { return !picture_of_result(path).empty(); }

  void take(const fs::directory_entry& file, const fs::path& inside,
            const std::set<std::string>& names, std::vector<fs::path>& folders) {
    const fs::path& path = file.path();
    std::error_code ignored;
    if (path.filename().string().starts_with('.')) return leave_out(path, "hidden");
    if (file.is_directory(ignored)) {
      if (recursive_ && !file.is_symlink(ignored)) {
        folders.push_back(path);
      } else {
        leave_out(path, recursive_ ? "a link to a folder" : "a folder; --recursive takes it");
      }
      return;
    }
    if (file.exists(ignored) && !file.is_regular_file(ignored)) return leave_out(path, "no file");
    const std::vector<std::byte> head = read_head(path);
    const Sniffed sniffed = sniff_format(head);
    if (!is_picture_format(sniffed) && !has_picture_ending(path)) {
      return leave_out(path, sniffed.name ? std::string("no picture but ") + sniffed.name
                                          : std::string("no picture"));
    }
    if (is_result(path)) return leave_out(path, "an earlier result");
    if (names.count(picture_of_result(path)) != 0)
      return leave_out(path, "named as a result of another picture");
    content.pictures.push_back({path, inside});
  }

  void list_deeper(const fs::path& folder, const fs::path& inside) {
    try {
      list(folder, inside);
    } catch (const Error& e) {
      leave_out(folder, e.what());
    }
  }

  void leave_out(const fs::path& path, std::string why) {
    content.left_out.push_back({path, std::move(why)});
  }

  bool recursive_;
};

}  // namespace

FolderContent list_folder(const fs::path& folder, bool recursive) {
  Lister lister(recursive);
  lister.list(folder, {});
  return std::move(lister.content);
}

bool is_picture(const fs::path& path) {
  if (has_picture_ending(path)) return true;
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return false;
  return sniff_format(read_head(path)).name != nullptr;
}

}  // namespace u2net::imaging
