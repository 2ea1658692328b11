"""Timelines read by the classes of Perfetto's own package, held to the rules of its format and to the run's results."""

import collections
import csv
import gzip
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import spillway

try:
    from google.protobuf.unknown_fields import UnknownFieldSet
    from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace, TrackEvent
except ImportError as missing:
    if os.environ.get("SPILLWAY_PROGRAM"):
        raise
    raise unittest.SkipTest(f"Perfetto's package is not there: {missing}")

QUICKSTART = pathlib.Path(__file__).parents[2] / "Scenarios" / "quickstart-burst.yaml"
BEGIN, END = TrackEvent.TYPE_SLICE_BEGIN, TrackEvent.TYPE_SLICE_END
INSTANT, COUNTER = TrackEvent.TYPE_INSTANT, TrackEvent.TYPE_COUNTER

Slice = collections.namedtuple("Slice", "track name begin end depth arguments")


def value(annotation):
    if annotation.dict_entries:
        return {entry.name: value(entry) for entry in annotation.dict_entries}
    return getattr(annotation, annotation.WhichOneof("value"))


def picoseconds(text):
    """Seconds as they are printed, with twelve decimals at most."""
    whole, _, part = str(text).partition(".")
    return int(whole) * 10**12 + int((part + "0" * 12)[:12])


class Timeline:
    """A trace whose rules have been checked."""

    def __init__(self, test, content):
        self.trace = Trace()
        self.trace.ParseFromString(content)
        self.tracks = {}
        self.slices = []
        self.counters = collections.defaultdict(list)
        self.facts = {}
        self.test = test
        self.check_fields()
        self.read_tracks()
        self.read_events()

    def check_fields(self):
        """Every field is one that Perfetto knows."""
        def messages(message):
            yield message
            for field, content in message.ListFields():
                if field.message_type:
                    parts = content if isinstance(content, collections.abc.Sequence) else [content]
                    for part in parts:
                        yield from messages(part)

        for message in messages(self.trace):
            self.test.assertEqual(len(UnknownFieldSet(message)), 0, message)

    def read_tracks(self):
        for packet in self.trace.packet:
            self.test.assertEqual(packet.trusted_packet_sequence_id, 1)
            if packet.HasField("track_descriptor"):
                track = packet.track_descriptor
                known = self.tracks.setdefault(track.uuid, track)
                self.test.assertEqual(known, track, "a track is described in two ways")
        for track in self.tracks.values():
            if track.HasField("parent_uuid"):
                self.test.assertTrue(self.tracks[track.parent_uuid].HasField("process"))

    def read_events(self):
        events = [packet for packet in self.trace.packet if packet.HasField("track_event")]
        opened = collections.defaultdict(list)
        # As Perfetto does: by time, those of one time as they stand in the file.
        for packet in sorted(events, key=lambda packet: packet.timestamp):
            event = packet.track_event
            self.test.assertIn(event.track_uuid, self.tracks, event)
            arguments = {annotation.name: value(annotation) for annotation in event.debug_annotations}
            stack = opened[event.track_uuid]
            if event.type == BEGIN:
                self.test.assertTrue(event.name)
                self.test.assertEqual(arguments["begin_ps"] // 1000, packet.timestamp)
                if stack:
                    self.test.assertGreaterEqual(arguments["begin_ps"], stack[-1][1]["begin_ps"])
                stack.append((event.name, arguments))
            elif event.type == END:
                self.test.assertEqual(arguments["end_ps"] // 1000, packet.timestamp)
                name, begun = stack.pop()
                self.test.assertGreaterEqual(arguments["end_ps"], begun["begin_ps"])
                self.slices.append(
                    Slice(event.track_uuid, name, begun["begin_ps"], arguments["end_ps"], len(stack), begun))
            elif event.type == COUNTER:
                self.test.assertTrue(self.tracks[event.track_uuid].HasField("counter"))
                number = event.counter_value if event.HasField("counter_value") else event.double_counter_value
                self.test.assertGreaterEqual(number, 0)
                self.counters[event.track_uuid].append((packet.timestamp, number))
            else:
                self.test.assertEqual(event.type, INSTANT)
                if event.name == "run":
                    self.facts = arguments
        for track, stack in opened.items():
            self.test.assertEqual(stack, [], "slices without an end")

    def of(self, process):
        """The tracks of a replica: its thread's and those below it."""
        return {uuid for uuid, track in self.tracks.items()
                if track.thread.pid == process or track.parent_uuid and self.tracks[track.parent_uuid].process.pid == process}


class TimelineTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="spillway-")
        cls.addClassCleanup(cls.folder.cleanup)
        place = pathlib.Path(cls.folder.name)
        done = cls.run_program(place, "burst.pftrace", "--requests", place / "requests.csv", "--format", "json")
        cls.results = json.loads(done)["runs"][0]
        with open(place / "requests.csv", newline="") as file:
            cls.rows = list(csv.DictReader(file))
        cls.content = (place / "burst.pftrace").read_bytes()

    @classmethod
    def run_program(cls, place, name, *options):
        return subprocess.run(
            [spillway.program(), "run", QUICKSTART, "--policy", "turns-peer", "--no-store", "--quiet",
             "--timeline", place / name, *options], check=True, capture_output=True, text=True).stdout

    def test_rules_hold_and_sums_are_the_results(self):
        timeline = Timeline(self, self.content)
        self.assertEqual(timeline.facts["policy"], "turns-peer")
        self.assertNotIn("sampled_one_in", timeline.facts)
        processes = {track.process.process_name: track.process.pid
                     for track in timeline.tracks.values() if track.HasField("process")}
        for engine in self.results["engines"]:
            name = f"{engine['deployment']} {engine['replica']} "
            process = next(pid for known, pid in processes.items() if known.startswith(name))
            tracks = timeline.of(process)
            thread = next(uuid for uuid in tracks if timeline.tracks[uuid].HasField("thread"))
            work = [slice for slice in timeline.slices if slice.track == thread]
            # One thing at a time.
            for before, after in zip(work, work[1:]):
                self.assertLessEqual(before.end, after.begin)
            done = [slice for slice in work if "iterations" in slice.arguments]
            counted = [slice for slice in done if not slice.name.startswith("given up")]
            self.assertEqual(sum(slice.arguments["iterations"] for slice in counted), engine["iterations"])
            self.assertEqual(sum(slice.end - slice.begin for slice in done), picoseconds(engine["busy_seconds"]))
            self.assertEqual(
                sum(slice.end - slice.begin for slice in work if slice.name == "waits for KV"),
                picoseconds(engine["blocked_on_transfer_seconds"]))
            self.assertEqual(sum(slice.arguments["prompt_tokens"] for slice in counted), engine["prefill_tokens"])
            for slice in counted:
                parts = slice.arguments.get("prompt_tokens_of_request", {})
                self.assertEqual(sum(parts.values()), slice.arguments["prompt_tokens"])
            self.check_census(timeline, tracks)
        self.check_requests(timeline)

    def check_census(self, timeline, tracks):
        """Counters of requests count the requests that are there."""
        changes = collections.Counter()
        for slice in timeline.slices:
            if slice.track in tracks and slice.name == "request":
                changes[slice.begin // 1000] += 1
                changes[slice.end // 1000] -= 1
        # What is said last of a nanosecond holds after it.
        told = collections.defaultdict(dict)
        for uuid in tracks:
            if timeline.tracks[uuid].name.startswith("requests: "):
                for time, number in timeline.counters[uuid]:
                    told[time][uuid] = number
        self.assertTrue(told)
        now, there, places = {}, 0, sorted(set(changes) | set(told))
        for time in places:
            there += changes[time]
            now.update(told[time])
            self.assertEqual(sum(now.values()), there, f"at {time} ns")

    def check_requests(self, timeline):
        """A request's slice is its time from arrival to end, and phases fill it."""
        whole, phases = {}, collections.defaultdict(list)
        for slice in timeline.slices:
            if slice.name == "request":
                self.assertEqual(slice.depth, 0)
                self.assertNotIn(slice.arguments["request"], whole)
                whole[slice.arguments["request"]] = slice
            elif "request" in slice.arguments:
                self.assertEqual(slice.depth, 1)
                phases[slice.arguments["request"]].append(slice)
        self.assertEqual(len(whole), len(self.rows))
        for row in self.rows:
            slice = whole[int(row["id"])]
            self.assertEqual(slice.begin, picoseconds(row["arrival_s"]))
            self.assertEqual(slice.end, picoseconds(row["finished_s"]))
            time = slice.begin
            spent = collections.Counter()
            for phase in phases[int(row["id"])]:
                self.assertEqual(phase.begin, time)
                time = phase.end
                spent[phase.name] += phase.end - phase.begin
            self.assertEqual(time, slice.end)
            self.assertEqual(
                spent["paging out"] + spent["off the GPU"] + spent["paging in"], picoseconds(row["off_gpu_s"]))
            self.assertEqual(spent["queued"], picoseconds(row["waiting_s"]))

    def test_rules_can_be_broken(self):
        """A trace that lacks an end, a track or a picosecond is told."""
        def without_an_end(packets):
            del packets[next(i for i, packet in enumerate(packets) if packet.track_event.type == END)]

        def without_a_track(packets):
            del packets[next(i for i, packet in enumerate(packets) if packet.track_descriptor.HasField("counter"))]

        def late(packets):
            next(packet for packet in packets if packet.track_event.type == BEGIN).timestamp += 1

        for damage in (without_an_end, without_a_track, late):
            trace = Trace()
            trace.ParseFromString(self.content)
            packets = list(trace.packet)
            damage(packets)
            damaged = Trace(packet=packets)
            with self.assertRaises(AssertionError, msg=damage.__name__):
                Timeline(self, damaged.SerializeToString())

    def test_json_and_gzip_say_the_same(self):
        place = pathlib.Path(self.folder.name)
        self.run_program(place, "burst.pftrace.gz")
        self.assertEqual(gzip.decompress((place / "burst.pftrace.gz").read_bytes()), self.content)
        self.run_program(place, "burst.json")
        events = json.loads((place / "burst.json").read_text())["traceEvents"]
        timeline = Timeline(self, self.content)
        ends = sum(event["ph"] == "e" for event in events) + sum(event["ph"] == "X" for event in events)
        self.assertEqual(ends, len(timeline.slices))
        self.assertEqual(
            sum(len(event["args"]) for event in events if event["ph"] == "C"),
            sum(len(numbers) for numbers in timeline.counters.values()))

    def test_a_sample_keeps_the_rules(self):
        place = pathlib.Path(self.folder.name)
        self.run_program(place, "small.pftrace", "--timeline-limit", "300 kB")
        content = (place / "small.pftrace").read_bytes()
        self.assertLessEqual(len(content), 300_000)
        timeline = Timeline(self, content)
        stride = int(timeline.facts["sampled_one_in"])
        self.assertGreater(stride, 1)
        numbers = {slice.arguments["request"] for slice in timeline.slices if slice.name == "request"}
        self.assertTrue(numbers)
        self.assertTrue(all(number % stride == 0 for number in numbers))


if __name__ == "__main__":
    unittest.main()
