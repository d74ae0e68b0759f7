"""Any files to one zip archive."""

import zipfile

from watchconvert.localapi.engines.job import Job


def zip_files(job: Job) -> None:
    """Pack all sources under their own names; the child's links bear them, made unique by the runner."""
    with zipfile.ZipFile(job.outputs.new_file("zip"), "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        for _, path in job.each_source():
            archive.write(path, path.name)
