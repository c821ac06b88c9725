"""csv_file is a source: the contract on a log of two pages and a bit, some of it in bad shape, packed as .csv.gz."""

import gzip

import pytest

from adapters.csv_file.source import Source
from tests.adapters.csv_file.hosting import FolderHost, settings
from tests.contract.source_contract import SourceContract

CONFIG = """
path: log.csv.gz
account: firm
extract: full
zone: Pacific/Auckland
id: id
columns:
  client: client
  person: person
  tags: {column: tags, split: ";"}
  started: {column: start, format: "%Y-%m-%d %H:%M"}
  ended: {column: end, format: "%H:%M"}
  hours: hours
  rate: rate
  billable: billable
"""
HEADER = "id,client,person,tags,start,end,hours,rate,billable"


class Log:
    """A packed log in a folder, rewritten whole at each change."""

    def __init__(self, folder, extract):
        self.folder, self.extract = folder, extract
        self.rows = {
            str(n): f"{n},Alpine Dental,Ana Reyes,a;b,2026-06-{1 + n % 28:02} 09:00,10:30,1.5,150.00,{'yes' if n % 3 else ''}"
            for n in range(4321)
        }
        self.rows["17"] = "17,Alpine Dental,Ana Reyes,,some day,10:30,1.5,150.00,yes"
        self.rows["18"] = "18,Alpine Dental,Ana Reyes,,2026-06-03 09:00,10:30,NaN,,perhaps"
        self.write()

    def write(self):
        text = "\n".join([HEADER, *self.rows.values()]) + "\n"
        (self.folder / "log.csv.gz").write_bytes(gzip.compress(text.encode(), 1))

    def source(self, connection="timelog"):
        return Source(settings(CONFIG, extract=self.extract), FolderHost(self.folder, connection))

    def append(self):
        self.rows["9000"] = "9000,Bayside Motors,Ben Ito,,2026-06-09 09:00,10:30,1.5,,"
        self.write()
        return "9000"

    def edit(self):
        self.rows["20"] = self.rows["20"].replace(",1.5,", ",1.75,")
        self.write()
        return "20"

    def delete(self):
        del self.rows["30"]
        self.write()
        return "30"

    def break_off(self):
        packed = self.folder / "log.csv.gz"
        packed.write_bytes(packed.read_bytes()[:-400])


class TestFullExtract(SourceContract):
    @pytest.fixture
    def recording(self, tmp_path):
        return Log(tmp_path, "full")


class TestPartialExtract(SourceContract):
    @pytest.fixture
    def recording(self, tmp_path):
        return Log(tmp_path, "partial")
