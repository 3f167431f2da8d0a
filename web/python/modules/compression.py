"""The encyclopedia's compression engine in Python: the C++ that computes every figure of the page.

Arrays go in as lists or NumPy arrays and come out as NumPy arrays; several results come as a `Result` with named
fields. Bad arguments raise `EngineError`.

    import compression
    r = compression.round_trip(w, "int4", group=64)
    print(r.rmse, r.bits_per_weight)
"""

import re
import sys
from importlib.machinery import PathFinder

import numpy as np
from _compression_engine import engine
from js import Array, Object
from pyodide.ffi import JsException, JsProxy, to_js

__all__ = [
    "EngineError", "Result", "awq_scale", "block_fields", "bytes_per_parameter", "bytes_per_token",
    "codebook_plane", "codes", "compress_cache", "compress_layer", "decode_ceiling", "entropy", "fit_codebook",
    "formats", "histogram", "jensen_shannon", "kd_loss", "kivi_bits", "kl_divergence", "kv_cache_bytes_per_token",
    "label_divergence", "levels", "microscale", "nearest_code", "output_error", "pack", "quantiles", "random",
    "rate_distortion_bound", "rate_distortion_gap", "remaining", "round_trip", "sample_layer", "sample_weights",
    "served_models", "serving_plan", "simd", "soft_targets", "softmax", "statistics", "symmetric_levels",
    "symmetric_scale", "tau_squared", "turn_weights", "unpack", "unpack_sparse", "wanda_row", "weight_memory",
]


# Python has a package of this name too (gzip, zstd, …): `import compression.zlib` finds it as ever.
__path__ = PathFinder.find_spec("compression", sys.path[1:]).submodule_search_locations


class EngineError(ValueError):
    """A refusal of the engine: `code` names its kind, the message the argument and the bound."""

    def __init__(self, message, code=""):
        super().__init__(message)
        self.code = code


class Result:
    """Named results of one call."""

    def __init__(self, **fields):
        self.__dict__.update(fields)

    def _asdict(self):
        return dict(self.__dict__)

    def __iter__(self):
        return iter(self.__dict__.values())

    def __eq__(self, other):
        return isinstance(other, Result) and repr(self) == repr(other)

    def __repr__(self):
        fields = ", ".join(f"{name}={_brief(value)}" for name, value in self.__dict__.items())
        return f"Result({fields})"


def _brief(value):
    if isinstance(value, np.ndarray) and value.size > 8:
        return f"<{value.size} values of {value.dtype}>"
    return repr(value)


# Crossings


_JS_NAMES = {
    "Float32Array": "float32", "Float64Array": "float64", "Uint8Array": "uint8", "Uint32Array": "uint32",
    "Uint16Array": "uint16", "Int32Array": "int32",
}


def _camel(name):
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)


def _snake(name):
    return re.sub(r"([A-Z])", lambda match: "_" + match[1].lower(), name)


def _out(value):
    """A NumPy array or a list as a typed array of the engine's."""
    a = np.asarray(value)
    if a.dtype.kind not in "biuf":
        raise EngineError(f"an array of real numbers is needed, not of {a.dtype}", "argument")
    a = a.ravel()
    if a.dtype not in (np.float32, np.float64, np.uint8):
        a = a.astype(np.float64)
    if hasattr(a, "_js"):
        from _numpy_bridge import bridge

        return bridge.toTypedArray(a._js)
    return to_js(np.ascontiguousarray(a))


def _in(value):
    """What the engine gave, as Python and NumPy objects."""
    if not isinstance(value, JsProxy):
        return value
    kind = _JS_NAMES.get(value.constructor.name)
    if kind:
        return np.frombuffer(value.to_bytes(), dtype=kind).copy()
    if Array.isArray(value):
        return [_in(item) for item in value]
    return Result(**{_snake(key): _in(item) for key, item in Object.entries(value)})


def _argument(value):
    if isinstance(value, (list, tuple, np.ndarray)):
        return _out(value)
    if isinstance(value, np.generic):
        return value.item()
    return value


def _ask(name, /, *arguments, **options):
    """Calls the engine's method with positional arguments and, last, its object of named ones (None: left out)."""
    named = {_camel(key): _argument(value) for key, value in options.items() if value is not None}
    try:
        values = [_argument(value) for value in arguments]
        if named:
            values.append(to_js(named, dict_converter=Object.fromEntries))
        return _in(getattr(engine, name)(*values))
    except JsException as error:
        refusal = EngineError(error.message, getattr(error, "code", "") or "")
    raise refusal


def simd():
    """The SIMD architecture that the engine runs on."""
    return engine.simd


# Distillation


def softmax(logits, tau=1.0):
    """exp(logits / tau), normalized."""
    return _ask("softmax", logits, tau)


def soft_targets(logits, tau):
    """softmax at temperature tau: probabilities, entropy_bits."""
    return _ask("softTargets", logits, tau)


def entropy(probabilities):
    """Shannon entropy in bits."""
    return _ask("entropy", probabilities)


def kl_divergence(p, q):
    """KL(p ‖ q) in bits."""
    return _ask("klDivergence", p, q)


def jensen_shannon(p, q, beta=0.5):
    """Generalized Jensen–Shannon divergence in bits."""
    return _ask("jensenShannon", p, q, beta)


def kd_loss(teacher, student, label, tau, lambda_):
    """The loss of EQ 7.2 in nats: total, hard, soft (before tau²), tau_squared, gradient."""
    options = {"teacher": teacher, "student": student, "label": label, "tau": tau, "lambda": lambda_}
    return _ask("kdLoss", **options)


def tau_squared(tau):
    """The factor on the soft term of EQ 7.2."""
    return _ask("tauSquared", tau=tau)


def label_divergence(logits, label, tau=1.0):
    """KL(one-hot ‖ softmax(logits / tau)) in bits."""
    return _ask("labelDivergence", logits=logits, label=label, tau=tau)


# Hardware


def decode_ceiling(bandwidth, bytes_per_parameter, active_parameters):
    """EQ 7.1 in tokens per second; bandwidth in bytes per second."""
    return _ask(
        "decodeCeiling",
        bandwidth=bandwidth, bytes_per_parameter=bytes_per_parameter, active_parameters=active_parameters,
    )


def bytes_per_token(bytes_per_parameter, active_parameters):
    """Bytes streamed for one token."""
    return _ask("bytesPerToken", bytes_per_parameter=bytes_per_parameter, active_parameters=active_parameters)


def bytes_per_parameter(format, group=None, scales=None):
    """Bytes of one weight of a large tensor, scales included."""
    return _ask("bytesPerParameter", format=format, group=group, scales=scales)


def weight_memory(parameters, format, group=None, scales=None):
    """Bytes of a model's weights, scales included."""
    return _ask("weightMemory", parameters=parameters, format=format, group=group, scales=scales)


def kv_cache_bytes_per_token(layers, key_value_heads, head_dimension, bytes_per_value):
    """Bytes of keys and values that one token leaves in the cache."""
    return _ask(
        "kvCacheBytesPerToken",
        layers=layers, key_value_heads=key_value_heads, head_dimension=head_dimension, bytes_per_value=bytes_per_value,
    )


def serving_plan(weight_bytes, card_memory, cache_bytes_per_token, context_length, reserve=None):
    """Cards for a model and the contexts they leave room for: cards, room_bytes, contexts."""
    return _ask(
        "servingPlan",
        weight_bytes=weight_bytes, card_memory=card_memory, cache_bytes_per_token=cache_bytes_per_token,
        context_length=context_length, reserve=reserve,
    )


def served_models(
    formats, parameters, active_parameters, bandwidth, card_memory, cache_bytes_per_token, context_length, reserve=None,
):
    """A model in each of several formats, each an id or a dict of options: bytes_per_parameter, weight_bytes, ceiling, plan."""
    options = [{"format": each} if isinstance(each, str) else each for each in formats]
    return _ask(
        "servedModels",
        formats=to_js(options, dict_converter=Object.fromEntries), parameters=parameters,
        active_parameters=active_parameters, bandwidth=bandwidth, card_memory=card_memory,
        cache_bytes_per_token=cache_bytes_per_token, context_length=context_length, reserve=reserve,
    )


def remaining(parameters, sparsity):
    """Parameters left nonzero after pruning the share `sparsity`."""
    return _ask("remaining", parameters=parameters, sparsity=sparsity)


# Formats


def _tensor(weights, format, rows=None, cols=None, **options):
    """The options for weights; a matrix says its own rows and columns."""
    shape = np.shape(weights)
    if len(shape) == 2 and rows is None and cols is None:
        rows, cols = shape
    return dict(format=format, rows=rows, cols=cols, **options)


def formats():
    """Every number format of the engine: id, name, bits_per_weight, block_size, levels, kind, source,
    description, grouped."""
    return _ask("formats")


def round_trip(weights, format, group=None, **options):
    """Packs and unpacks: dequantized, bits_per_weight, rmse, max_error, sqnr_db, levels_used.

    weights: any shape; a matrix keeps its rows. group: "tensor", "row" or a number ≥ 2. Options: scales ("fp16" or
    "fp32"), rows, cols, overflow ("saturate" or "ieee", fp8), scale_rule ("floor" or "ceil", microscaling), importance
    (one number a column, ggml), seed (vector formats).
    """
    result = _ask("roundTrip", weights, **_tensor(weights, format, group=group, **options))
    result.dequantized = result.dequantized.reshape(np.shape(weights))
    return result


def pack(weights, format, group=None, **options):
    """The bytes that are stored: bytes, bits_per_weight, spec. Options as of round_trip."""
    return _ask("pack", weights, **_tensor(weights, format, group=group, **options))


def _stored(packed):
    """Packed bytes, and how they are to be read, as an object of the engine's."""
    parts = {_camel(name): value for name, value in packed._asdict().items()}
    parts["bytes"] = _out(packed.bytes)
    parts["spec"] = to_js(packed.spec._asdict(), dict_converter=Object.fromEntries)
    return to_js(parts, dict_converter=Object.fromEntries)


def unpack(packed):
    """The weights that packed bytes stand for."""
    return _ask("unpack", _stored(packed))


def unpack_sparse(packed):
    """The weights that sparse_packed of compress_layer stands for, 0 where they are pruned."""
    return _ask("unpackSparse", _stored(packed))


def levels(format, absmax, scales=None):
    """The values that a format can take when the largest magnitude is absmax."""
    return _ask("levels", format=format, absmax=absmax, scales=scales)


def block_fields(format):
    """What a block is made of: fields (name, count, bits), block_size, bytes."""
    return _ask("blockFields", format=format)


def codes(format, scale=None):
    """What the codes of a format stand for: values by code, code_bits, sign_bits, exponent_bits, mantissa_bits."""
    return _ask("codes", format=format, scale=scale)


def nearest_code(format, value, scale=None, overflow=None):
    """The code of a number and the values around it: code, value, below, above, error."""
    return _ask("nearestCode", format=format, value=value, scale=scale, overflow=overflow)


def microscale(format, absmax, rule=None):
    """The scale of a block with that largest magnitude: code, scale. rule: "floor" or "ceil"."""
    return _ask("microscale", format=format, absmax=absmax, rule=rule)


def symmetric_scale(absmax, bits):
    """The scale of EQ 7.3."""
    return _ask("symmetricScale", absmax=absmax, bits=bits)


def symmetric_levels(bits):
    """The integers of EQ 7.3: lowest, highest, count."""
    return _ask("symmetricLevels", bits=bits)


# Layers


def _matrix(value):
    """A matrix as the engine takes it."""
    shape = np.shape(value)
    if len(shape) != 2:
        raise EngineError(f"a matrix is needed, not an array of {len(shape)} dimensions", "argument")
    parts = {"rows": shape[0], "cols": shape[1], "data": _out(value)}
    return to_js(parts, dict_converter=Object.fromEntries)


def _arrays(result):
    """The matrices of a result as arrays of two dimensions."""
    for name, value in result._asdict().items():
        if isinstance(value, Result) and set(value._asdict()) == {"rows", "cols", "data"}:
            setattr(result, name, value.data.reshape(value.rows, value.cols))
    return result


def sample_layer(outputs, inputs, tokens, **options):
    """A layer like those of language models: weights [outputs, inputs], calibration and held_out [tokens, inputs],
    outlier_inputs. Options: held_out_tokens, sigma, heavy_rows, tail, correlation, channel_spread, outlier_channels,
    outlier_least, outlier_most, heavy_tokens, heavy_token_scale, seed."""
    return _arrays(_ask("sampleLayer", outputs=outputs, inputs=inputs, tokens=tokens, **options))


def compress_layer(weights, calibration, method, held_out=None, **recipe):
    """Compresses weights [out, in] that calibration [tokens, in] flows into: weights, bits_per_weight, output_error,
    calibration_error, trace, and packed, sparse_packed, mask or input_scales where the method has them.

    method: rtn, gptq, awq, smoothquant, llm_int8, quip, aqlm, magnitude, wanda or sparsegpt. Recipe: format, group,
    sparsity, pattern ("2:4"), damping, activation_order, alpha, threshold and the others of the engine's recipe.
    """
    parts = {"weights": _matrix(weights), "calibration": _matrix(calibration)}
    if held_out is not None:
        parts["heldOut"] = _matrix(held_out)
    layer = to_js(parts, dict_converter=Object.fromEntries)
    result = _arrays(_ask("compressLayer", layer, method=method, **recipe))
    if getattr(result, "mask", None) is not None:
        result.mask = result.mask.reshape(np.shape(weights))
    return result


def compress_cache(queries, keys, values, key_precision=None, value_precision=None, window=None, context=None,
                   scales=None):
    """A head's keys and values [tokens, dimension] in fewer bits, and what attention makes of them: keys, values, key_bits,
    value_bits, key_error, value_error, attention_error. A precision is a dict: format, or bits of KIVI's grid, by_channel,
    group. The bits are those of a context of so many tokens, by default those given."""
    head = {"queries": _matrix(queries), "keys": _matrix(keys), "values": _matrix(values)}
    precision = [
        each and to_js({_camel(key): value for key, value in each.items()}, dict_converter=Object.fromEntries)
        for each in (key_precision, value_precision)
    ]
    return _arrays(_ask(
        "compressCache", to_js(head, dict_converter=Object.fromEntries),
        keys=precision[0], values=precision[1], window=window, context=context, scales=scales,
    ))


def output_error(weights, calibration, approximation, held_out=None):
    """‖W xᵀ − V xᵀ‖ / ‖W xᵀ‖ of an approximation V of the weights W, on held_out, or else on calibration."""
    return _ask(
        "outputError",
        weights=_matrix(weights), calibration=_matrix(calibration), approximation=_matrix(approximation),
        held_out=None if held_out is None else _matrix(held_out),
    )


def wanda_row(weights, norms, sparsity):
    """One row pruned by |w| ‖x‖: mask, and the sum of the weights that are kept."""
    return _ask("wandaRow", weights=weights, norms=norms, sparsity=sparsity)


def awq_scale(magnitude, least, most, alpha):
    """The scale AWQ gives an input, from mean magnitudes of activations."""
    return _ask("awqScale", magnitude=magnitude, least=least, most=most, alpha=alpha)


def kivi_bits(bits, group, tokens=None, window=None):
    """Bits stored per value on KIVI's grid."""
    return _ask("kiviBits", bits=bits, group=group, tokens=tokens, window=window)


def turn_weights(weights, seed=None):
    """Weights [out, in] under the random rotations of QuIP#: weights, given and turned, each with peak and kurtosis."""
    return _arrays(_ask("turnWeights", weights=_matrix(weights), seed=seed))


def fit_codebook(weights, codebook, seed=None):
    """A codebook of 65,536 points for eight weights at a time, fitted to weights: parameters, scales, vectors, points,
    codes, bits_per_weight, distortion, sqnr_db. codebook: scalar, e8p or aqlm."""
    return _arrays(_ask("fitCodebook", weights=_matrix(weights), codebook=codebook, seed=seed))


def codebook_plane(codebook, across, up, parameters=None, through=None):
    """The points of a codebook along two of their coordinates, 0 to 7: places [n, 3] with their counts, and slice, the points
    that differ from the code through in no other coordinate."""
    return _arrays(_ask(
        "codebookPlane",
        codebook=codebook, parameters=parameters, across=across, up=up, through=through,
    ))


# Arrays


def histogram(values, bins, min, max):
    """Counts in equal bins over [min, max]."""
    return _ask("histogram", values, bins=bins, min=min, max=max)


def quantiles(values, probabilities):
    """Quantiles by linear interpolation."""
    return _ask("quantiles", values, probabilities)


def statistics(values):
    """count, mean, standard_deviation, rms, absmax, minimum, maximum."""
    return _ask("statistics", values)


def rate_distortion_bound(bits_per_weight):
    """The signal-to-noise ratio in dB that no code of so many bits passes on Gaussian values."""
    return _ask("rateDistortionBound", bits_per_weight=bits_per_weight)


def rate_distortion_gap(sqnr_db, bits_per_weight):
    """How many dB a code stays below that bound."""
    return _ask("rateDistortionGap", sqnr_db=sqnr_db, bits_per_weight=bits_per_weight)


def sample_weights(count, sigma, outlier_fraction, outlier_scale, seed):
    """Weights N(0, sigma) of which a share is multiplied by outlier_scale."""
    return _ask(
        "sampleWeights",
        count=count, sigma=sigma, outlier_fraction=outlier_fraction, outlier_scale=outlier_scale, seed=seed,
    )


def random(seed, count, distribution="random"):
    """default_rng(seed).random(count) or .standard_normal(count), bit for bit."""
    return _ask("random", seed=seed, count=count, distribution=distribution)
