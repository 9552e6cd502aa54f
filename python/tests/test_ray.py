# SPDX-License-Identifier: Apache-2.0
"""u2net.ray on a real cluster of two nodes on this machine, of which one is killed. Needs ray (pip install
"ray[data]"); U2NET_RAY_PICTURES is how many pictures the killed node's job has (24)."""
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

import numpy as np
from inputs import COFFEE, SOURCE, U2NETP

import u2net
from u2net import _u2net
from u2net._results import ResultMaker

HAS_RAY = importlib.util.find_spec("ray") is not None
COMMAND = os.environ.get("U2NET_BINARY")
COUNT = int(os.environ.get("U2NET_RAY_PICTURES", "24"))
KINDS = ["mask", "cutout"]

if HAS_RAY:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_AUTH_MODE", "disabled")
    import ray
    from ray.cluster_utils import Cluster

    import u2net.ray

    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])

    class FragileWork(u2net._ray_work.PictureWork):
        """Dies of some pictures as of a lack of memory, and fails at others once."""

        def _done(self, row):
            name = os.path.basename(os.fsdecode(row["path"]))
            if name == "deadly":
                os.kill(os.getpid(), signal.SIGKILL)
            if name == "moody" and not hasattr(self, "was_moody"):
                self.was_moody = True
                raise OSError("not now")
            return super()._done(row)

    class Fragile(u2net.ray.Remover):
        work = FragileWork


def write_pictures(folder, count):
    """Parts of one picture, all different."""
    whole = _u2net.decode(COFFEE.read_bytes())
    for i in range(count):
        part = np.ascontiguousarray(whole[i % 50:i % 50 + 150 + i // 50, i % 40:i % 40 + 200])
        (folder / f"{i:04}.png").write_bytes(_u2net.encode_png(part))


@unittest.skipUnless(HAS_RAY, "ray is not installed")
class RayTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "object_store_memory": 100 << 20})
        ray.init(address=cls.cluster.address, log_to_driver=False, logging_level="error")
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        cls.folder = Path(tempfile.mkdtemp())
        cls.pictures = cls.folder / "in"
        cls.pictures.mkdir()
        write_pictures(cls.pictures, COUNT)
        cls.segmenter = u2net.Segmenter(U2NETP)

    @classmethod
    def tearDownClass(cls):
        ray.shutdown()
        cls.cluster.shutdown()
        shutil.rmtree(cls.folder)

    def expected(self, path, kinds=KINDS):
        return dict(zip(kinds, ResultMaker(",".join(kinds)).make(self.segmenter, Path(path).read_bytes(), kinds)[1]))

    def some(self, count, *names):
        """Rows of pictures, and of files under these names besides."""
        paths = sorted(self.pictures.iterdir())[:count]
        return [{"path": str(path), "bytes": path.read_bytes(), "id": i} for i, path in enumerate(paths)] + \
            [{"path": name, "bytes": paths[0].read_bytes(), "id": count + i} for i, name in enumerate(names)]

    def test_a_node_is_killed(self):
        (self.pictures / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
        out = self.folder / "out"
        node = self.cluster.add_node(num_cpus=1, object_store_memory=100 << 20)
        self.cluster.wait_for_nodes()
        there = []

        def kill():
            while True:
                there[:] = [path.name for path in out.glob("*.cutout.png")]
                if len(there) >= COUNT // 3:
                    break
                time.sleep(0.01)
            self.cluster.remove_node(node, allow_graceful=False)
        killer = threading.Thread(target=kill)
        killer.start()
        rows = u2net.ray.remove(self.pictures, out, write=",".join(KINDS), model=U2NETP).take_all()
        killer.join()
        self.assertLess(len(there), COUNT)
        self.assertEqual(sorted(row["path"] for row in rows), sorted(map(str, self.pictures.iterdir())))
        self.assertEqual([row["path"] for row in rows if row["error"]], [str(self.pictures / "broken.png")])
        files = set()
        theirs = self.folder / "theirs"
        if COMMAND:
            subprocess.run([COMMAND, "run", "-q", "-m", U2NETP, "--write", ",".join(KINDS), "-o", theirs, self.pictures],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for row in rows:
            if row["error"]:
                self.assertIn("E-INPUT-FORMAT", row["error"])
                self.assertEqual(row["attempts"], 2)
                continue
            for kind in KINDS:
                name = Path(row[kind]).name
                file = (theirs / name).read_bytes() if COMMAND else self.expected(row["path"])[kind]
                self.assertEqual(Path(row[kind]), out / f"{Path(row['path']).stem}.{kind}.png")
                self.assertEqual(Path(row[kind]).read_bytes() == file, True, row[kind])
                files.add(row[kind])
        self.assertEqual(set(map(str, out.iterdir())), files)

        # Again: what is there stays.
        first = out / "0000.cutout.png"
        first.unlink()
        written = {path: path.stat().st_mtime_ns for path in out.iterdir()}
        again = u2net.ray.remove(self.pictures, out, write=",".join(KINDS), model=U2NETP, skip_existing=True).take_all()
        self.assertEqual({row["path"] for row in again if not row["skipped"]},
                         {str(self.pictures / "0000.png"), str(self.pictures / "broken.png")})
        self.assertEqual({path: path.stat().st_mtime_ns for path in out.iterdir() if path != first}, written)
        self.assertEqual(first.read_bytes() == self.expected(self.pictures / "0000.png")["cutout"], True)
        (self.pictures / "broken.png").unlink()

    def test_columns(self):
        rows = self.some(5, "b.png")
        rows[-1]["bytes"] = b"no picture"
        results = u2net.ray.remove(ray.data.from_items(rows), write="mask,cutout", model=U2NETP).take_all()
        self.assertEqual(sorted(row["id"] for row in results), list(range(6)))
        for row in results:
            self.assertNotIn("bytes", row)
            if row["path"] == "b.png":
                self.assertIn("E-INPUT-FORMAT", row["error"])
                self.assertIsNone(row["cutout"])
                continue
            self.assertIsNone(row["error"])
            self.assertEqual({kind: row[kind] for kind in KINDS}, self.expected(row["path"]))

    def test_parquet_to_parquet_and_to_files(self):
        ray.data.from_items(self.some(3)).write_parquet(str(self.folder / "parquet"))
        given = ray.data.read_parquet(str(self.folder / "parquet"))
        u2net.ray.remove(given, model=U2NETP).write_parquet(str(self.folder / "results"))
        back = {row["path"]: row["cutout"] for row in ray.data.read_parquet(str(self.folder / "results")).take_all()}
        self.assertEqual(len(back), 3)
        files = u2net.ray.remove(given, self.folder / "named", model=U2NETP).take_all()
        for row in files:
            self.assertEqual(Path(row["cutout"]).name, Path(row["path"]).name + ".cutout.png")
            self.assertEqual(Path(row["cutout"]).read_bytes(), back[row["path"]])
        self.assertEqual(set(back), {row["path"] for row in files})

    def test_example(self):
        made = self.folder / "example"
        words = [sys.executable, SOURCE / "examples/ray_folder.py", self.folder / "tree", made, U2NETP]
        for name in ("deep/a.png", "b.png"):
            (self.folder / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.pictures / "0001.png", self.folder / "tree" / name)
        (self.folder / "tree/c.png").write_bytes(b"\x89PNG\r\n\x1a\n")
        done = subprocess.run(words, env={**os.environ, "RAY_ADDRESS": self.cluster.address}, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
        self.assertEqual(done.stdout.splitlines()[-1], "2 pictures cut out, 1 failed")
        self.assertIn("tree/c.png: ", done.stderr)
        file = self.expected(self.pictures / "0001.png")["cutout"]
        for name in ("deep/a", "b"):
            self.assertEqual((made / f"{name}.cutout.png").read_bytes() == file, True)

    def test_pictures_that_fail_once_or_end_their_worker(self):
        given = ray.data.from_items(self.some(3, "deadly", "moody"), override_num_blocks=1)
        arguments = {"model": u2net.ray.SharedModel(U2NETP), "ledger": u2net.ray.make_ledger()}
        rows = given.map_batches(Fragile, fn_constructor_kwargs=arguments, batch_format="pyarrow", batch_size=None,
                                 concurrency=1).take_all()
        by_name = {os.path.basename(row["path"]): row for row in rows}
        self.assertEqual(len(rows), 5)
        self.assertIn("3 workers died of it", by_name["deadly"]["error"])
        self.assertEqual((by_name["moody"]["attempts"], by_name["moody"]["error"]), (2, None))
        self.assertEqual(len([row for row in rows if row["error"] is None]), 4)

    def test_listed_pictures_that_fail_once_or_end_their_worker(self):
        tree = self.folder / "fragile"
        tree.mkdir()
        names = ["a", "deadly", "moody", "z"]
        for name in names:
            shutil.copy(self.pictures / "0001.png", tree / name)
        jobs = [(os.fsencode(tree / name), [os.fsencode(tree / f"{name}.png")], None) for name in names]
        facts = u2net._ray_files.run(jobs, workers=1, cpus=1, progress=False, work=FragileWork, write="cutout",
                                     model=u2net.ray.SharedModel(U2NETP), output=tree, skip_existing=False, force=False)
        self.assertEqual([(row["attempts"], row.get("error")) for row in facts],
                         [(1, None), (3, "3 workers died of it"), (2, None), (1, None)])
        self.assertEqual([(tree / f"{name}.png").exists() for name in names], [True, False, True, True])

    def test_what_is_wrong_is_told_before_anything_starts(self):
        for arguments in ({"model": self.folder / "none"}, {"write": "shadow"}, {"format": "xpm"}):
            with self.subTest(arguments), self.assertRaises(u2net.Error):
                u2net.ray.remove(self.pictures, self.folder / "nothing", **arguments)
        row, = u2net.ray.remove(self.folder / "none.png", self.folder / "nothing", model=U2NETP).take_all()
        self.assertIn("E-INPUT-NOT-FOUND", row["error"])
        self.assertFalse((self.folder / "nothing").exists())

    def test_the_model_goes_through_the_object_store(self):
        self.assertEqual(len(u2net.ray.SharedModel(U2NETP)._files), 2)
        models = [(U2NETP + ".pdmodel", 2), (U2NETP + ".pdparams", 2), (os.path.dirname(U2NETP), 0)]
        if COMMAND:
            models.append((str(self.folder / "packed.u2n"), 0))
            subprocess.run([COMMAND, "pack", U2NETP, "-o", models[-1][0]], check=True, stdout=subprocess.DEVNULL)
        for model, count in models:
            shared = u2net.ray.SharedModel(model)
            self.assertEqual(len(shared._files), count, model)
            np.testing.assert_array_equal(shared.segmenter()(COFFEE).mask, u2net.Segmenter(model)(COFFEE).mask)


if __name__ == "__main__":
    unittest.main()
