"""What a file of tensors says of itself, judged before any of it is taken into memory."""

from math import prod
from typing import IO, Any, NamedTuple

from nnrun.reading.plain import json_object
from nnrun.reading.shapes import Each, Keys, misfit

LONGEST = 2**26  # bytes of a header
ABOUT = "__metadata__"
OF_TENSOR = Keys(must={"dtype": str, "shape": [int], "data_offsets": [int]})
BYTES = {"F64": 8, "I64": 8, "F32": 4, "I32": 4, "F16": 2, "BF16": 2, "I8": 1, "U8": 1, "BOOL": 1}


class Told(NamedTuple):
    """What a header tells of a tensor."""

    dtype: str
    shape: tuple[int, ...]


class Header(NamedTuple):
    """What a file of tensors tells of itself."""

    tensors: dict[str, Told]
    about: dict[str, str]


def read_header(file: IO[bytes], size: int) -> Header:
    """Read the header of a file of so many bytes, or raise a ValueError that says what is wrong."""
    length = int.from_bytes(file.read(8), "little")
    if size < 8 or length > min(LONGEST, size - 8):
        raise ValueError(f"is no file of tensors: {size:,} bytes, and a header of {length:,}")
    told = json_object(file.read(length))
    about = told.pop(ABOUT, {})
    if wrong := misfit(about, Each(str), ABOUT) or misfit(told, Each(OF_TENSOR)):
        raise ValueError(wrong)
    refuse_gaps(told, size - 8 - length)
    return Header(
        {name: Told(one["dtype"], tuple(one["shape"])) for name, one in told.items()}, about
    )


def refuse_gaps(told: dict[str, dict[str, Any]], size: int) -> None:
    """Stop where tensors do not lie one behind the other, from the first byte to the last."""
    end = 0
    for name, one in sorted(told.items(), key=lambda item: item[1]["data_offsets"]):
        taken = bytes_of(one)
        if one["data_offsets"] != [end, end + taken]:
            raise ValueError(f"its tensor {name[:40]!a} does not lie where it says")
        end += taken
    if end != size:
        raise ValueError(f"tells of tensors of {end:,} bytes, and has {size:,}")


def bytes_of(told: dict[str, Any]) -> int:
    """Count the bytes of a tensor."""
    if told["dtype"] not in BYTES or min(told["shape"], default=0) < 0:
        raise ValueError(f"tells of a tensor of {told['dtype'][:20]!a} and {told['shape'][:8]}")
    return prod(told["shape"]) * BYTES[told["dtype"]]
