"""FANN's files: networks (``.net``) and training data (``.data``)."""

from glassnet.formats.fann.data_files import format_data, parse_data, read_data, write_data
from glassnet.formats.fann.net import ACTIVATIONS, SYMMETRIC, FannNet
from glassnet.formats.fann.net_reader import parse_net, read_net
from glassnet.formats.fann.net_writer import format_fixed, format_net, write_net

__all__ = [
    "ACTIVATIONS",
    "SYMMETRIC",
    "FannNet",
    "format_data",
    "format_fixed",
    "format_net",
    "parse_data",
    "parse_net",
    "read_data",
    "read_net",
    "write_data",
    "write_net",
]
