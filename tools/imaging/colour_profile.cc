// SPDX-License-Identifier: Apache-2.0
#include "tools/imaging/colour_profile.h"

namespace u2net::imaging {

ColourSpace profile_space(Bytes icc) {
  constexpr std::size_t kHeaderBytes = 128;
  if (icc.size() <= kHeaderBytes || icc.size() > kMaxProfileBytes || !has_text(icc, 36, "acsp") ||
      be32(icc, 0) < kHeaderBytes || be32(icc, 0) > icc.size()) {
    return ColourSpace::kNone;
  }
  // Of screens, cameras and scanners, printers, and spaces of their own.
  const bool of_pixels = has_text(icc, 12, "mntr") || has_text(icc, 12, "scnr") ||
                         has_text(icc, 12, "prtr") || has_text(icc, 12, "spac");
  if (!of_pixels) return ColourSpace::kNone;
  if (has_text(icc, 16, "RGB ")) return ColourSpace::kRgb;
  if (has_text(icc, 16, "GRAY")) return ColourSpace::kGrey;
  if (has_text(icc, 16, "CMYK")) return ColourSpace::kCmyk;
  return ColourSpace::kNone;
}

}  // namespace u2net::imaging
