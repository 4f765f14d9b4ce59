"""The instruments that measure lupus: forms that score."""

from carnet.instruments.bilag2004 import BILAG2004
from carnet.instruments.clasi import CLASI
from carnet.instruments.pga import PGA
from carnet.instruments.sdi import SDI
from carnet.instruments.sledai2k import SLEDAI2K

INSTRUMENTS = (SLEDAI2K, BILAG2004, PGA, CLASI, SDI)
"""Every instrument, written out."""

__all__ = ["BILAG2004", "CLASI", "INSTRUMENTS", "PGA", "SDI", "SLEDAI2K"]
