"""Every entry of the stub through dlt's rest_api source into parquet files (`python dlt_pull.py ADDRESS FOLDER`). Runs in the peers'
environment and prints how many rows the files hold.
"""

import sys
from pathlib import Path

import dlt
from dlt.sources.rest_api import rest_api_source


def main() -> int:
    address, folder = sys.argv[1], Path(sys.argv[2])
    source = rest_api_source(
        {
            "client": {"base_url": f"{address}/v2/", "paginator": {"type": "json_link", "next_url_path": "links.next"}},
            "resources": [
                {
                    "name": "time_entries",
                    "primary_key": "id",
                    "write_disposition": "append",
                    "endpoint": {"path": "time_entries", "params": {"per_page": 2000}, "data_selector": "time_entries"},
                }
            ],
        }
    )
    destination = dlt.destinations.filesystem(bucket_url=(folder / "files").as_uri())
    pipeline = dlt.pipeline("bench", destination=destination, dataset_name="harvest", pipelines_dir=str(folder / "pipelines"))
    pipeline.run(source, loader_file_format="parquet")
    print(pipeline.last_trace.last_normalize_info.row_counts["time_entries"])
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
