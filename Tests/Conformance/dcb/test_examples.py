"""The Python that the guide for services shows, as it stands there."""

import pathlib
import re
import subprocess
import sys
import unittest

from server import Server

GUIDE = pathlib.Path(__file__).parents[3] / "docs" / "guides" / "service.md"


class TestExamples(unittest.TestCase):
    def test_each_example_runs(self):
        examples = [
            example for example in re.findall(
                r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL) if "umadb" in example]
        self.assertTrue(examples)
        for example in examples:
            with self.subTest(example=example.splitlines()[0]):
                server = Server()
                self.addCleanup(server.stop)
                text = example.replace("http://127.0.0.1:50051", server.url)
                self.assertIn(server.url, text)
                process = subprocess.Popen(
                    [sys.executable, "-u", "-c", text], stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE, text=True)
                # It follows for ever: the first event is enough.
                line = process.stdout.readline()
                process.kill()
                error = process.communicate()[1]
                self.assertEqual(line, "1 SeatTaken\n", error)
