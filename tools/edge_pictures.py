# SPDX-License-Identifier: Apache-2.0
"""Pictures whose alpha and colours are known: subjects with hair, and with soft edges, cut out of photographs and laid
over photographed textures, all those of scikit-image. Needs numpy, Pillow and scikit-image.
"""
import numpy as np
from PIL import Image, ImageDraw, ImageFilter


def textures():
    """Float pictures: three textures, which are grey and tinted here, and three photographs."""
    from skimage import data
    made = [np.asarray(read()) for read in (data.brick, data.grass, data.gravel, data.coffee, data.chelsea, data.astronaut)]
    tints = ([1, .75, .6], [.6, .9, .5], [.8, .8, .9])
    return [t[..., None] / 255 * np.array(tint) if t.ndim == 2 else t[..., :3] / 255 for t, tint in zip(made, tints + ([0],) * 3)]


def filling(texture, rng, width, height):
    """A crop of the texture at the picture's size, mirrored or not."""
    side = rng.uniform(.5, 1) * min(texture.shape[0] / height, texture.shape[1] / width)
    w, h = int(side * width), int(side * height)
    y, x = rng.integers(texture.shape[0] - h + 1), rng.integers(texture.shape[1] - w + 1)
    crop = Image.fromarray((texture[y:y + h, x:x + w] * 255).astype(np.uint8)).resize((width, height), Image.BICUBIC)
    return np.asarray(crop)[:, ::rng.choice([-1, 1])] / 255


def alpha_of(kind, rng, width, height):
    """A rounded shape; with hair around it, or with a soft edge. Drawn at twice the size."""
    w, h = 2 * width, 2 * height
    angles = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    radius = rng.uniform(.24, .32) * h * (1 + sum(rng.uniform(-.1, .1) / k * np.cos(k * angles + rng.uniform(0, 6)) for k in (2, 3, 4)))
    centre = np.array([w * rng.uniform(.42, .58), h * rng.uniform(.45, .55)])
    outline = centre + np.stack([radius * 1.25 * np.cos(angles), radius * np.sin(angles)], -1)
    picture = Image.new("L", (w, h))
    draw = ImageDraw.Draw(picture)
    draw.polygon([tuple(p) for p in outline], fill=255)
    if kind == "hair":
        for _ in range(900):
            i = rng.integers(len(angles))
            at, way = outline[i], outline[i] - centre
            way = way / np.hypot(*way) * h * .012
            at, points = at - 2 * way, []
            for _ in range(rng.integers(4, 11)):
                points.append(tuple(at))
                way = way + rng.normal(0, h * .0025, 2)
                at = at + way
            draw.line(points, fill=255, width=int(rng.integers(1, 2 + h // 700)))
        blur = .6
    else:
        blur = rng.uniform(.004, .012) * h
    picture = picture.filter(ImageFilter.GaussianBlur(blur)).resize((width, height), Image.BOX)
    return np.asarray(picture) / 255


def make(folder, count):
    """name -> (alpha, foreground, picture), and the picture as a file."""
    rng, filled, made = np.random.default_rng(20), textures(), {}
    for i in range(count):
        kind, (width, height) = ("hair", "soft")[i % 2], ((960, 720), (2400, 1800))[i // 2 % 2]
        ground, subject = rng.integers(3), 3 + rng.integers(3)
        alpha = alpha_of(kind, rng, width, height)[..., None]
        front, back = filling(filled[subject], rng, width, height), filling(filled[ground], rng, width, height) * rng.uniform(.7, 1)
        front = np.clip(front * 1.1 + rng.uniform(-.1, .1, 3), 0, 1)
        name = f"{i:02}_{kind}_{width}"
        picture = alpha * front + (1 - alpha) * back
        Image.fromarray(np.rint(picture * 255).astype(np.uint8)).save(folder / f"{name}.png")
        made[name] = alpha[..., 0], front
    return made
