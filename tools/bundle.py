"""The build hook: bundled specs compiled to data, into the wheel, or next to the code that an editable install runs."""

import os
import sys
import tempfile
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompiledSpecs(BuildHookInterface):
    """Puts a file of data for each sound spec into the package, so that a start parses no YAML."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the files: an editable install's know by which code they were read, since it may change."""
        sys.path.insert(0, self.root)
        from costcalc.specfile import compiled

        if version == "editable":
            compiled.write(os.path.join(compiled.PACKAGE, compiled.FOLDER), compiled.stamp())
        else:
            self.made = tempfile.TemporaryDirectory()
            compiled.write(self.made.name, None)
            build_data["force_include"][self.made.name] = f"costcalc/{compiled.FOLDER}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Take away what the wheel now holds."""
        if version != "editable":
            self.made.cleanup()
