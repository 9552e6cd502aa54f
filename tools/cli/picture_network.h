// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "models/picture/picture_network.h"

namespace u2net::cli {

using u2net::PictureNetwork;

}  // namespace u2net::cli
