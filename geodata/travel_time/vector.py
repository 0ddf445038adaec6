# ruff: noqa: ARG001, PLR0917 - numba reads the names of arguments that only their types are used of
"""Sixteen searches in one processor word: the vector instructions the lane kernels are made of.

numba has no vector type, so the few operations are written as LLVM instructions. They work on
whole numbers only, on any processor LLVM knows (wider or narrower registers are its business), and
for 16- and 32-bit lanes alike. ``lanes`` is always a flat array with LANES values per row.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils as numba_cgutils
from numba.extending import intrinsic

LANES = 16

_I64 = ir.IntType(64)
cgutils: Any = numba_cgutils


def _parts(context: Any, builder: Any, array_type: Any, array: Any) -> tuple[Any, Any]:
    """Find the data pointer and element type of an array argument."""
    made = context.make_array(array_type)(context, builder, array)
    return made.data, ir.IntType(array_type.dtype.bitwidth)


def _load_row(builder: Any, data: Any, element: Any, row: Any) -> Any:
    """Load the lanes of one row."""
    pointer = builder.gep(data, [builder.mul(row, ir.Constant(_I64, LANES))])
    vector = ir.VectorType(element, LANES)
    return builder.load(builder.bitcast(pointer, vector.as_pointer()), align=element.width // 8)


def _store_row(builder: Any, data: Any, element: Any, row: Any, value: Any) -> None:
    """Store the lanes of one row."""
    pointer = builder.gep(data, [builder.mul(row, ir.Constant(_I64, LANES))])
    vector = ir.VectorType(element, LANES)
    builder.store(value, builder.bitcast(pointer, vector.as_pointer()), align=element.width // 8)


def _splat(builder: Any, element: Any, value: Any) -> Any:
    """Copy one value to every lane."""
    vector = ir.VectorType(element, LANES)
    one = builder.insert_element(
        ir.Constant(vector, ir.Undefined), value, ir.Constant(ir.IntType(32), 0)
    )
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(one, ir.Constant(vector, ir.Undefined), zeros)


def _least(builder: Any, element: Any, vector: Any) -> Any:
    """Take the smallest lane."""
    name = f"llvm.vector.reduce.umin.v{LANES}i{element.width}"
    reduce = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(element, [ir.VectorType(element, LANES)]), name
    )
    return builder.call(reduce, [vector])


def _relax(_typingctx: Any, lanes: Any, tail: Any, head: Any, step: Any, far: Any) -> Any:
    """Lower the row of ``head`` through an arc; return the least lane that fell, or ``far``."""
    signature = types.int64(lanes, types.int64, types.int64, lanes.dtype, types.int64)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        data, element = _parts(context, builder, sig.args[0], args[0])
        before = _load_row(builder, data, element, args[2])
        through = builder.add(
            _load_row(builder, data, element, args[1]), _splat(builder, element, args[3])
        )
        fell = builder.icmp_unsigned("<", through, before)
        bits = builder.bitcast(fell, ir.IntType(LANES))
        result = cgutils.alloca_once_value(builder, args[4])
        with builder.if_then(builder.icmp_unsigned("!=", bits, ir.Constant(ir.IntType(LANES), 0))):
            _store_row(builder, data, element, args[2], builder.select(fell, through, before))
            highest = _splat(builder, element, builder.trunc(args[4], element))
            least = _least(builder, element, builder.select(fell, through, highest))
            builder.store(builder.zext(least, _I64), result)
        return builder.load(result)

    return signature, codegen


def _lower(_typingctx: Any, lanes: Any, tail: Any, head: Any, step: Any) -> Any:
    """Lower the row of ``head`` through an arc; return whether any lane fell."""
    signature = types.boolean(lanes, types.int64, types.int64, lanes.dtype)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        data, element = _parts(context, builder, sig.args[0], args[0])
        before = _load_row(builder, data, element, args[2])
        through = builder.add(
            _load_row(builder, data, element, args[1]), _splat(builder, element, args[3])
        )
        fell = builder.icmp_unsigned("<", through, before)
        _store_row(builder, data, element, args[2], builder.select(fell, through, before))
        bits = builder.bitcast(fell, ir.IntType(LANES))
        any_fell = builder.icmp_unsigned("!=", bits, ir.Constant(ir.IntType(LANES), 0))
        return context.cast(builder, any_fell, types.boolean, types.boolean)

    return signature, codegen


def _clear(_typingctx: Any, lanes: Any, row: Any, value: Any) -> Any:
    """Set every lane of a row."""
    signature = types.void(lanes, types.int64, lanes.dtype)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        data, element = _parts(context, builder, sig.args[0], args[0])
        _store_row(builder, data, element, args[1], _splat(builder, element, args[2]))
        return context.get_dummy_value()

    return signature, codegen


def _copy(_typingctx: Any, into: Any, row: Any, lanes: Any, source: Any) -> Any:
    """Copy a row of one array to a row of another."""
    signature = types.void(into, types.int64, lanes, types.int64)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        into_data, element = _parts(context, builder, sig.args[0], args[0])
        data, _ = _parts(context, builder, sig.args[2], args[2])
        _store_row(builder, into_data, element, args[1], _load_row(builder, data, element, args[3]))
        return context.get_dummy_value()

    return signature, codegen


def _emit(
    _typingctx: Any,
    lanes: Any,
    lane: Any,
    ids: Any,
    rows: Any,
    cutoff: Any,
    found: Any,
    times: Any,
    at: Any,
) -> Any:
    """Append id and value of every row whose lane is within the cutoff; return the new end.

    Each row is written and the end moves only when the row counts, so there is no branch to guess
    wrong; the arrays need one spare cell.
    """
    signature = types.int64(
        lanes, types.int64, ids, types.int64, types.int64, found, times, types.int64
    )

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        data, element = _parts(context, builder, sig.args[0], args[0])
        ids_data, _ = _parts(context, builder, sig.args[2], args[2])
        found_data, _ = _parts(context, builder, sig.args[5], args[5])
        times_data, short = _parts(context, builder, sig.args[6], args[6])
        end = cgutils.alloca_once_value(builder, args[7])
        limit = builder.trunc(args[4], element)
        column = builder.gep(data, [args[1]])
        one = ir.Constant(_I64, 1)
        with cgutils.for_range_slice(builder, ir.Constant(_I64, 0), args[3], one, _I64) as (row, _):
            value = builder.load(builder.gep(column, [builder.mul(row, ir.Constant(_I64, LANES))]))
            here = builder.load(end)
            builder.store(
                builder.load(builder.gep(ids_data, [row])), builder.gep(found_data, [here])
            )
            kept = (
                value
                if short.width == element.width
                else (
                    builder.trunc(value, short)
                    if short.width < element.width
                    else builder.zext(value, short)
                )
            )
            builder.store(kept, builder.gep(times_data, [here]))
            within = builder.zext(builder.icmp_unsigned("<=", value, limit), _I64)
            builder.store(builder.add(here, within), end)
        return builder.load(end)

    return signature, codegen


def _lower_from(_typingctx: Any, into: Any, row: Any, lanes: Any, source: Any, step: Any) -> Any:
    """Lower a row of one array through an arc from a row of another."""
    signature = types.void(into, types.int64, lanes, types.int64, lanes.dtype)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        into_data, element = _parts(context, builder, sig.args[0], args[0])
        data, _ = _parts(context, builder, sig.args[2], args[2])
        before = _load_row(builder, into_data, element, args[1])
        through = builder.add(
            _load_row(builder, data, element, args[3]), _splat(builder, element, args[4])
        )
        least = builder.select(builder.icmp_unsigned("<", through, before), through, before)
        _store_row(builder, into_data, element, args[1], least)
        return context.get_dummy_value()

    return signature, codegen


def _tally(_typingctx: Any, lanes: Any, row: Any, cutoff: Any, weight: Any, sums: Any) -> Any:
    """Add a weight to the sum (int64) of every lane whose value is within the cutoff."""
    signature = types.void(lanes, types.int64, types.int64, types.int64, sums)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        data, element = _parts(context, builder, sig.args[0], args[0])
        sums_data, wide = _parts(context, builder, sig.args[4], args[4])
        limit = _splat(builder, element, builder.trunc(args[2], element))
        within = builder.icmp_unsigned("<=", _load_row(builder, data, element, args[1]), limit)
        nothing = ir.Constant(ir.VectorType(wide, LANES), [0] * LANES)
        more = builder.select(within, _splat(builder, wide, args[3]), nothing)
        zero = ir.Constant(_I64, 0)
        total = builder.add(_load_row(builder, sums_data, wide, zero), more)
        _store_row(builder, sums_data, wide, zero, total)
        return context.get_dummy_value()

    return signature, codegen


def _within(_typingctx: Any, lanes: Any, row: Any, cutoff: Any) -> Any:
    """Count the lanes of a row that are within the cutoff."""
    signature = types.int64(lanes, types.int64, types.int64)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        data, element = _parts(context, builder, sig.args[0], args[0])
        limit = _splat(builder, element, builder.trunc(args[2], element))
        within = builder.icmp_unsigned("<=", _load_row(builder, data, element, args[1]), limit)
        bits = builder.bitcast(within, ir.IntType(LANES))
        return builder.zext(builder.ctpop(bits), _I64)

    return signature, codegen


def _copy_part(_typingctx: Any, into: Any, at: Any, source: Any, start: Any, length: Any) -> Any:
    """Copy a stretch of one array into another of the same type."""
    if into.dtype != source.dtype:
        return None
    signature = types.void(into, types.int64, source, types.int64, types.int64)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        into_data, _ = _parts(context, builder, sig.args[0], args[0])
        data, element = _parts(context, builder, sig.args[2], args[2])
        bytes_each = ir.Constant(_I64, element.width // 8)
        cgutils.raw_memcpy(
            builder,
            builder.gep(into_data, [args[1]]),
            builder.gep(data, [args[3]]),
            args[4],
            bytes_each,
        )
        return context.get_dummy_value()

    return signature, codegen


relax: Any = intrinsic(_relax)
lower: Any = intrinsic(_lower)
lower_from: Any = intrinsic(_lower_from)
clear: Any = intrinsic(_clear)
copy_row: Any = intrinsic(_copy)
emit: Any = intrinsic(_emit)
tally: Any = intrinsic(_tally)
within: Any = intrinsic(_within)
copy_part: Any = intrinsic(_copy_part)
