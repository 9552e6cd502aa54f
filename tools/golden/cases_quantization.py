# SPDX-License-Identifier: Apache-2.0
"""Golden cases of what slim writes into programs. `register_all(register)` is given the table to fill."""

import functools
import tempfile

import numpy as np
import paddle
from paddle.static.quantization import PostTrainingQuantization

import export
from graph import BARE
from registry import register

# Halves of steps, what lies beyond the scale, and numbers that are no multiples of a step.
NUMBERS = np.concatenate([np.arange(-140, 140, 0.5) / 100, [3, -3, 1e9, -0.0, np.inf, -np.inf]]).astype(np.float32)
STEPS = np.arange(-128, 128).reshape(4, 8, 8).astype(np.float32)


def one(g, type, x, scale=None, slot="Scale", zero=False, out="Out", outputs=(), fetched=(), **attrs):
    inputs = {"X": g.param(x, "w") if x.dtype == np.int8 else g.feed("x", data=x)}
    if scale is not None:
        scales = [g.param(np.float32(s), f"scale_{i}") for i, s in enumerate(scale)]
        inputs[slot] = scales if slot == "Scales" else scales[0]
    if zero:
        inputs["ZeroPoint"] = g.param(np.zeros_like(np.float32(scale[0])), "zero")
    result = g.op(type, inputs, attrs, out=out, outputs={name: None for name in outputs})
    g.fetch(result)
    if fetched:
        g.fetch(g.variable(result.name.replace(".tmp_0", ".tmp_1")))


def slim(name, folder, **options):
    """A small network as slim quantises it after training, with its scales from eight random images."""
    random = np.random.default_rng(7)
    image = lambda *shape: (random.integers(-128, 128, shape) / 64).astype(np.float32)  # noqa: E731
    paddle.seed(3)
    paddle.enable_static()
    scope, place = paddle.static.Scope(), paddle.CPUPlace()
    executor = paddle.static.Executor(place)
    files = {"model_filename": "model.pdmodel", "params_filename": "model.pdiparams"}
    with paddle.static.scope_guard(scope), tempfile.TemporaryDirectory() as temporary:
        program, start = paddle.static.Program(), paddle.static.Program()
        with paddle.static.program_guard(program, start):
            x = paddle.static.data("x", [None, 3, 12, 12])
            y = paddle.static.nn.conv2d(x, 8, 3, padding=1, act="relu")
            y = y + paddle.static.nn.conv2d(y, 8, 3, padding=1, groups=8, use_cudnn=False)
            y = paddle.nn.functional.max_pool2d(y, 2, 2)
            y = paddle.static.nn.fc(paddle.static.nn.conv2d(y, 4, 1), 5)
        executor.run(start)
        paddle.static.save_inference_model(f"{temporary}/model", [x], [y], executor, program=program)
        images = [image(3, 12, 12) for _ in range(8)]

        class Images(paddle.io.Dataset):
            def __len__(self):
                return len(images)

            def __getitem__(self, i):
                return images[i]

        loader = paddle.io.DataLoader(Images(), feed_list=[x], places=[place], batch_size=4, return_list=False)
        quantization = PostTrainingQuantization(
            executor, scope=scope, model_dir=temporary, data_loader=loader, batch_size=4, batch_nums=2, **files, **options
        )
        quantization.quantize()
        quantization.save_quantized_model(str(folder), **files)
    return {"x": image(2, 3, 12, 12)}


def register_all():
    def add(name, type, x, **row):
        build = functools.partial(one, type=type, x=x, **row)
        register(name, functools.partial(export.graph_case, build=build, settings={"style": BARE}))

    linear = {"zero": True, "out": "Y"}
    image = NUMBERS[:280].reshape(5, 7, 8)
    channels = [np.linspace(0.25, 1.5, 7)]
    for rounding in (0, 1):
        tail = {"round_type": rounding}
        add(f"quantize_linear_round_{rounding}", "quantize_linear", NUMBERS, scale=[[1.27]], quant_axis=-1, is_test=True, **linear, **tail)
        add(f"quantize_linear_axis_round_{rounding}", "quantize_linear", image, scale=channels, quant_axis=1, is_test=True, **linear, **tail)
        average = "fake_quantize_moving_average_abs_max"
        add(f"{average}_round_{rounding}", average, NUMBERS, scale=[[1.27]], slot="InScale", outputs=["OutScale"], is_test=True, **tail)
        both = "fake_quantize_dequantize_moving_average_abs_max"
        add(f"{both}_round_{rounding}", both, NUMBERS, scale=[[1.27]], slot="InScale", outputs=["OutScale"], is_test=True, **tail)
    for bits in (4, 16):
        add(f"quantize_linear_bits_{bits}", "quantize_linear", NUMBERS, scale=[[1.27]], quant_axis=-1, bit_length=bits, is_test=True, **linear)
    add("quantize_linear_scale_0", "quantize_linear", NUMBERS, scale=[[0.0]], quant_axis=-1, is_test=True, **linear)
    add("dequantize_linear_one", "dequantize_linear", STEPS, scale=[[0.37]], quant_axis=-1, **linear)
    add("dequantize_linear_axis", "dequantize_linear", STEPS, scale=[np.linspace(0.1, 2, 8)], quant_axis=1, **linear)
    add("fake_quantize_range_abs_max", "fake_quantize_range_abs_max", NUMBERS, scale=[[1.27]], slot="InScale", outputs=["OutScale"], is_test=True)
    add("fake_dequantize_max_abs", "fake_dequantize_max_abs", STEPS, scale=[[0.37]], max_range=127.0)
    two = {"slot": "Scales"}
    add("fake_channel_wise_dequantize_one", "fake_channel_wise_dequantize_max_abs", STEPS, scale=[np.linspace(0.1, 2, 4)], quant_bits=[8], quant_axis=0, **two)
    add("fake_channel_wise_dequantize_two", "fake_channel_wise_dequantize_max_abs", STEPS, scale=[np.linspace(0.1, 2, 8), [0.7]], quant_bits=[8, 8], quant_axis=0, x_num_col_dims=1, **two)
    own = {"outputs": ["OutScale"], "fetched": True}
    add("fake_quantize_abs_max", "fake_quantize_abs_max", image, **own)
    add("fake_quantize_dequantize_abs_max", "fake_quantize_dequantize_abs_max", image, **own)
    for axis in (0, 1):
        for type in ("fake_channel_wise_quantize_abs_max", "fake_channel_wise_quantize_dequantize_abs_max"):
            add(f"{type}_axis_{axis}", type, image, quant_axis=axis, **own)
    for name, options in {
        "slim_linear": {"algo": "hist", "onnx_format": True},
        "slim_fake": {"algo": "KL"},
        "slim_fake_full": {"algo": "abs_max", "is_full_quantize": True, "weight_quantize_type": "abs_max"},
    }.items():
        register(name, functools.partial(slim, **options))


register_all()
