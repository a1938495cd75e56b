"""Connections for reading and for writing, as different types."""

from typing import NewType

from sqlalchemy import Connection

#: A connection in a transaction that only reads.
Reading = NewType("Reading", Connection)
#: A connection in a transaction whose caller commits; what takes a `Writing` may also read.
Writing = NewType("Writing", Reading)
