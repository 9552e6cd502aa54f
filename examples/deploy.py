#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""deploy.py MODEL PICTURE OUTPUT.png [MODE]: the deployment of an exported U2-Net, step by step.

Preprocess, InferenceModel, postprocess, and picture, mask and result side by side: a program for
PaddleInference but for the import. It needs Pillow for the files.
"""
import sys

import numpy as np
from PIL import Image

from u2net import InferenceModel

MEAN, STD = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])


def resize(image, height, width):
    """Bilinear with half-pixel centres, of [h,w,c] float32."""
    def taps(size, new_size):
        at = np.clip((np.arange(new_size) + 0.5) * size / new_size - 0.5, 0, size - 1)
        low = at.astype(int)
        return low, np.minimum(low + 1, size - 1), np.float32(at - low)
    low, high, weight = taps(image.shape[1], width)
    image = image[:, low] + (image[:, high] - image[:, low]) * weight[None, :, None]
    low, high, weight = taps(image.shape[0], height)
    return image[low] + (image[high] - image[low]) * weight[:, None, None]


def preprocess(path):
    picture = np.asarray(Image.open(path).convert("RGB"))
    x = resize(picture.astype(np.float32) / 255, 320, 320)
    x = (x / x.max() - MEAN) / STD
    return picture, x.transpose(2, 0, 1)[None].astype(np.float32)


def postprocess(d0, picture):
    mask = (d0 - d0.min()) / (d0.max() - d0.min())
    mask = resize(mask[0].transpose(1, 2, 0), *picture.shape[:2])
    mask = (mask * 255).astype(np.uint8)
    result = (picture * (mask / 255) + 255 * (1 - mask / 255)).astype(np.uint8)
    return np.repeat(mask, 3, 2), result


def main(model_path, picture_path, output_path, mode=None):
    picture, x = preprocess(picture_path)
    model = InferenceModel(modelpath=model_path, use_gpu=False, use_mkldnn=False, mode=mode)
    model.eval()
    d0, _, _, _, _, _, _ = model(x)
    mask, result = postprocess(d0, picture)
    gap = np.full((picture.shape[0], max(2, sum(picture.shape[:2]) // 128), 3), 255, np.uint8)
    Image.fromarray(np.concatenate([picture, gap, mask, gap, result], 1)).save(output_path)


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    main(*sys.argv[1:])
