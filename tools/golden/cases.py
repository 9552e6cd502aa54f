# SPDX-License-Identifier: Apache-2.0
"""All golden test cases: a family registers its own where it is imported."""

import cases_arithmetic  # noqa: F401
import cases_concat  # noqa: F401
import cases_elementwise  # noqa: F401
import cases_fusion  # noqa: F401
import cases_images  # noqa: F401
import cases_maths  # noqa: F401
import cases_movement  # noqa: F401
import cases_networks  # noqa: F401
import cases_quantization  # noqa: F401
import cases_sizes  # noqa: F401
from registry import CASES  # noqa: F401
