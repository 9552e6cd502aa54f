#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tensors.py MODEL INPUT.npy OUTPUT.npy: any network with one input in Python; the first output is written."""
import sys

import numpy as np

import u2net

if len(sys.argv) != 4:
    sys.exit(__doc__)
config = u2net.Config(sys.argv[1])
config.set_cpu_math_library_num_threads(2)
predictor = u2net.create_predictor(config)  # Paddle's own way; u2net.InferenceModel is a function
predictor.get_input_handle(predictor.get_input_names()[0]).copy_from_cpu(np.load(sys.argv[2]))
predictor.run()
np.save(sys.argv[3], predictor.get_output_handle(predictor.get_output_names()[0]).copy_to_cpu())
