#!/usr/bin/env python3
"""Records a serving engine, vLLM, step by step: makes a kit for `spillway validate` and `spillway fit`.

    python3 Scripts/record-vllm.py --model meta-llama/Llama-3.1-8B --out kit-grid.json.gz --experiment grid
    python3 Scripts/record-vllm.py --model ./my-model --out kit.json.gz --trace mine.csv --experiment saturation
    spillway validate kit.json.gz --steps

Made for vLLM 0.20 (V1 engine), run where vLLM is installed and a GPU is free. One process drives vLLM's own EngineCore
(LLMEngine with VLLM_ENABLE_V1_MULTIPROCESSING=0, then step_fn()): the loop that vLLM's engine process runs, without the
API server, detokeniser and output objects of the other processes. A step is schedule -> forward and sample (ends with
the tokens on the host) -> update, one after the other, and is timed whole. With --async-scheduling, vLLM's default, step
n+1 is scheduled while n runs: a logged step then starts at the end of the one before, or at its own scheduling if that is
later, and ends when its outputs are worked in; sched_s overlaps the step before. With --tensor-parallel-size the workers
are processes of vLLM's `mp` executor, and scheduler and log stay in this one. --kv-offloading-size keeps copies of KV on
the host (vLLM's OffloadingConnector) with the engine's own scheduler.

One engine serves all experiments; each gets a new Scheduler and KVCacheManager with the number of KV blocks and the
policy it asks for. Weights are dummies unless --weights auto; sampling is greedy, ends of sequence are ignored, and
every request makes as many tokens as its trace says. Prompts are random tokens and prefix caching is off, but for
`sessions`: turns of four after one system prompt, each prompt the whole history and new tokens. Python's
cyclic garbage collector rests during a run. Documentation/Validating.md describes the file that comes out.

A trace is a CSV with the columns arrival_s,prompt_tokens,output_tokens and, if wanted, class (online or offline) and
priority (smaller is more urgent).
"""
import argparse, csv, gc, gzip, json, math, os, random, sys, time

ENVIRONMENT = dict(
    VLLM_ENABLE_V1_MULTIPROCESSING="0", VLLM_NO_USAGE_STATS="1", DO_NOT_TRACK="1", TOKENIZERS_PARALLELISM="false")
STEP_COLUMNS = ["start_s", "dur_s", "sched_s", "exec_s", "update_s", "prefill_tokens", "prefill_seqs", "decode_seqs",
                "decode_ctx", "total_ctx", "running", "waiting", "kv_used", "preempted", "prefill"]
REQUEST_COLUMNS = ["id", "arrival_s", "prompt_tokens", "output_tokens", "class", "priority", "added_s",
                   "first_sched_s", "ttft_s", "finish_s", "tpot_s", "preemptions"]
clock = time.perf_counter


def say(*words): print("##", *words, file=sys.stderr, flush=True)
def micro(seconds): return None if seconds is None else round(seconds, 6)


# ---- workloads: lists of (arrival_s, prompt, output, class, priority) ----

def lognormal(rng, median, sigma, low, high):
    return int(min(high, max(low, round(median * math.exp(rng.gauss(0, sigma))))))


def chat(rng):
    """Lengths like those of ShareGPT: means of about 245 and 280 tokens."""
    return lognormal(rng, 150, 1.0, 8, 2048), lognormal(rng, 190, 0.9, 8, 1024)


def saturation(count, seed):
    rng = random.Random(seed)
    return [(0.0, *chat(rng), "offline", 0) for _ in range(count)]


def poisson(rate, count, seed):
    rng, time_now, trace = random.Random(seed), 0.0, []
    for _ in range(count):
        time_now += rng.expovariate(rate)
        trace.append((time_now, *chat(rng), "online", 0))
    return trace


def chat_sessions(rate, count, seed):
    """Sessions of four turns: 200 new tokens and an answer of about 190 each, two seconds apart on average."""
    rng, time_now, sessions = random.Random(seed), 0.0, []
    for _ in range(count):
        time_now += rng.expovariate(rate)
        sessions.append(
            (time_now, [(200, lognormal(rng, 150, 0.7, 16, 512), rng.expovariate(0.5)) for _ in range(4)]))
    return sessions


def read_trace(path):
    opened = gzip.open(path, "rt") if path.endswith(".gz") else open(path)
    with opened as file:
        rows = list(csv.DictReader(file))
    missing = {"arrival_s", "prompt_tokens", "output_tokens"} - set(rows[0] if rows else ())
    if missing: sys.exit(f"{path}: error: no rows, or the columns {sorted(missing)} are missing")
    return [(float(row["arrival_s"]), int(row["prompt_tokens"]), max(1, int(row["output_tokens"])),
             row.get("class") or "online", int(row.get("priority") or 0)) for row in rows]


# ---- the driver ----

class Driver:
    def __init__(self, engine, keeps_scheduler=False):
        """`keeps_scheduler`: the engine's own stays, as KV offloading needs, with all blocks and its policy."""
        self.engine, self.core, self.config = engine, engine.engine_core.engine_core, engine.vllm_config
        self.Scheduler = self.config.scheduler_config.get_scheduler_cls()
        self.keeps_scheduler, self.wrapped = keeps_scheduler, None
        self.kv_config, self.tasks, self.count = self.core.scheduler.kv_cache_config, engine.get_supported_tasks(), 0
        self.all_blocks, self.block_size = self.kv_config.num_blocks, self.config.cache_config.block_size
        self.budget = self.config.scheduler_config.max_num_batched_tokens
        self.max_length = self.config.model_config.max_model_len
        self.vocabulary, self.random = self.config.model_config.get_vocab_size(), random.Random(7)

    def cache_prefixes(self, wanted):
        """For the next scheduler, and for the hashes of requests made from now on."""
        if self.keeps_scheduler: return
        self.config.cache_config.enable_prefix_caching, self.core.request_block_hasher = wanted, None
        if wanted:
            from vllm.utils.hashing import get_hash_fn_by_name
            from vllm.v1.core.kv_cache_utils import get_request_block_hasher, init_none_hash
            function = get_hash_fn_by_name(self.config.cache_config.prefix_caching_hash_algo)
            init_none_hash(function)
            self.core.request_block_hasher = get_request_block_hasher(self.block_size, function)

    def reset(self, blocks=None, policy="fcfs", caches=False):
        """Drains the engine, then gives it a fresh scheduler with this many KV blocks and this policy."""
        for _ in range(4):
            # Tells the worker which requests ended.
            if self.core.scheduler.has_requests() or self.core.batch_queue: self.core.step_fn()
        assert not self.core.scheduler.has_requests(), "requests are left"
        blocks = blocks or self.all_blocks
        self.cache_prefixes(caches)
        self.log, self.requests, self.facts = [], {}, {}
        self.planned, self.last_end, self.queued = {}, 0.0, self.core.batch_queue is not None
        self.first, self.finished, self.added, self.just_finished = {}, {}, {}, []
        self.blocks, self.policy = (self.all_blocks if self.keeps_scheduler else blocks), policy
        if not self.keeps_scheduler: self.core.scheduler = self.fresh_scheduler(blocks, policy)
        self.scheduler = self.core.scheduler
        if self.wrapped is not self.scheduler: self.watch(self.scheduler)
        self.start = clock()
        gc.collect(); gc.disable()

    def fresh_scheduler(self, blocks, policy):
        import copy
        from vllm.v1.core.kv_cache_utils import resolve_kv_cache_block_sizes
        kv_config = copy.copy(self.kv_config)
        kv_config.num_blocks = blocks
        self.config.cache_config.num_gpu_blocks, self.config.scheduler_config.policy = blocks, policy
        size, hash_size = resolve_kv_cache_block_sizes(kv_config, self.config)
        return self.Scheduler(
            vllm_config=self.config, kv_cache_config=kv_config, block_size=size, hash_block_size=hash_size,
            structured_output_manager=self.core.structured_output_manager, log_stats=False)

    def watch(self, scheduler):
        """Writes down what a scheduler plans, and when."""
        self.wrapped = scheduler
        schedule, update, pool = scheduler.schedule, scheduler.update_from_output, scheduler.kv_cache_manager.block_pool

        def timed_schedule(*arguments, **named):
            started = clock()
            output = schedule(*arguments, **named)
            self.scheduled_at, self.output = clock(), output
            self.state = (len(scheduler.running), len(scheduler.waiting) + len(scheduler.skipped_waiting),
                          self.blocks - 1 - pool.get_num_free_blocks())
            self.planned[id(output)] = (started, self.scheduled_at, output, self.state)
            return output

        def timed_update(*arguments, **named):
            self.executed_at, self.done = clock(), arguments[0]
            return update(*arguments, **named)

        scheduler.schedule, scheduler.update_from_output = timed_schedule, timed_update

    def make(self, prompt, output, kind="offline", priority=0, arrival=0.0, tokens=None):
        from vllm import SamplingParams
        self.count += 1
        name = f"r{self.count:06d}"
        sampling = SamplingParams(max_tokens=output, ignore_eos=True, temperature=0.0, detokenize=False)
        tokens = tokens or self.pick(prompt)
        processed = self.engine.input_processor.process_inputs(
            name, {"prompt_token_ids": tokens}, sampling, self.tasks, arrival_time=1e6 + arrival, priority=priority)
        request, _ = self.core.preprocess_add_request(processed)
        self.requests[name], self.facts[name] = request, (arrival, prompt, output, kind, priority)
        return request

    def pick(self, count): return self.random.choices(range(10, self.vocabulary - 10), k=count)

    def add(self, request):
        self.added[request.request_id] = clock()
        self.core.add_request(request)

    def step(self):
        self.output, self.done, begin = None, None, clock()
        outputs, executed = self.core.step_fn()
        self.core.post_step(executed)
        end = clock()
        if not self.queued:
            self.planned.clear()
            if self.output is not None and self.output.total_num_scheduled_tokens:
                self.log.append((begin, end, self.scheduled_at - begin, self.scheduled_at, self.executed_at, self.output,
                                 self.state))
        elif self.done is not None:
            started, scheduled, output, state = self.planned.pop(id(self.done))
            begin = max(started, self.last_end)
            if output.total_num_scheduled_tokens:
                self.log.append((begin, end, scheduled - started, begin, self.executed_at, output, state))
                self.last_end = end
        mine = outputs.get(0) if outputs else None
        for one in (mine.outputs if mine else ()):
            if one.new_token_ids and one.request_id not in self.first: self.first[one.request_id] = end
            if one.finish_reason is not None:
                self.finished[one.request_id] = end
                self.just_finished.append(one.request_id)
        return executed

    def busy(self): return self.scheduler.has_unfinished_requests() or bool(self.core.batch_queue)

    def drain(self, limit=60):
        end = clock() + limit
        while self.busy() and clock() < end: self.step()

    def run(self, trace, limit):
        """Replays a trace; requests that have arrived are added between steps."""
        from vllm.v1.request import RequestStatus
        queue = [self.make(prompt, output, kind, priority, arrival)
                 for arrival, prompt, output, kind, priority in sorted(trace, key=lambda row: row[0])]
        arrivals = [self.facts[request.request_id][0] for request in queue]
        gc.collect(); gc.disable()
        following, total, scheduler = 0, len(queue), self.scheduler
        self.start, truncated = clock(), False
        while True:
            now = clock() - self.start
            while following < total and arrivals[following] <= now:
                self.add(queue[following]); following += 1
            if now > limit: truncated = True; break
            if not self.busy():
                if following >= total: break
                left = arrivals[following] - (clock() - self.start)
                if left > 0: time.sleep(left - 0.0005 if left > 0.001 else 0)
                continue
            if not self.step() and scheduler.has_unfinished_requests(): time.sleep(0.0005)
        if truncated:
            left = [request.request_id for request in queue if request.request_id in scheduler.requests]
            scheduler.finish_requests(left, RequestStatus.FINISHED_ABORTED)
        return self.result(truncated=truncated)

    def run_sessions(self, system, sessions, limit):
        """Sessions [(start_s, [(new tokens, output tokens, pause before it in s), ...]), ...] after one system prompt. A
        turn's prompt is the whole history, answers included, and new tokens; it comes its pause after the answer before.
        Prompts are put together and hashed in another thread, as in a server."""
        import heapq, queue, threading
        from vllm.v1.request import RequestStatus
        shared, wanted, ready, due, place = self.pick(system), queue.Queue(), queue.Queue(), [], {}

        def maker():
            while (task := wanted.get()) is not None:
                number, turn, arrival, history = task
                new, output, _ = sessions[number][1][turn]
                tokens = history + self.pick(new)
                request = self.make(len(tokens), output, "online", 0, arrival, tokens)
                place[request.request_id] = (number, turn)
                ready.put((arrival, request.request_id, request))

        thread = threading.Thread(target=maker, daemon=True)
        thread.start()
        for number, (arrival, _) in enumerate(sessions): wanted.put((number, 0, arrival, shared))
        while ready.qsize() < len(sessions): time.sleep(0.01)
        gc.collect(); gc.disable()
        left, truncated, self.start = sum(len(turns) for _, turns in sessions), False, clock()
        while left:
            now = clock() - self.start
            while not ready.empty(): heapq.heappush(due, ready.get())
            while due and due[0][0] <= now: self.add(heapq.heappop(due)[2])
            if now > limit: truncated = True; break
            if not self.busy(): time.sleep(0.0003); continue
            if not self.step() and self.scheduler.has_unfinished_requests(): time.sleep(0.0005)
            while self.just_finished:
                name = self.just_finished.pop()
                left -= 1
                number, turn = place[name]
                if turn + 1 < len(sessions[number][1]):
                    arrival = self.finished[name] - self.start + sessions[number][1][turn + 1][2]
                    wanted.put((number, turn + 1, arrival, list(self.requests[name].all_token_ids)))
        wanted.put(None)
        thread.join(5)
        if truncated:
            self.scheduler.finish_requests(
                [name for name in self.requests if name not in self.finished and name in self.scheduler.requests],
                RequestStatus.FINISHED_ABORTED)
        result = self.result(truncated=truncated, system_tokens=system, prefix_caching=True)
        result["req_cols"] = REQUEST_COLUMNS + ["session", "turn", "cached_tokens"]
        for row in result["requests"]: row += [*place.get(row[0], (None, None)), self.cached.get(row[0])]
        return result

    def result(self, **more):
        start, steps, scheduled, self.cached = self.start, [], {}, {}
        for begin, end, scheduling, planned, executed, output, state in self.log:
            prompts, decodes, context, total = [], 0, 0, 0
            cached = output.scheduled_cached_reqs
            both = [(new.req_id, new.num_computed_tokens) for new in output.scheduled_new_reqs]
            for name, done in both: self.cached.setdefault(name, done)  # found in the prefix cache at first
            for name, done in both + list(zip(cached.req_ids, cached.num_computed_tokens)):
                new = output.num_scheduled_tokens[name]
                total += done + new
                scheduled.setdefault(name, begin)
                if new == 1 and done >= self.facts[name][1]: decodes += 1; context += done + 1
                else: prompts.append([new, done])  # new tokens, tokens in the cache; recomputation too
            steps.append([micro(begin - start), micro(end - begin), micro(scheduling), micro(executed - planned),
                          micro(end - executed), sum(row[0] for row in prompts), len(prompts), decodes, context, total,
                          *state, len(output.preempted_req_ids or ()), prompts])
        requests = []
        for name, (arrival, prompt, output, kind, priority) in self.facts.items():
            first, last = self.first.get(name), self.finished.get(name)
            times = [micro(known[name] - start) if name in known else None for known in (self.added, scheduled)]
            requests.append([name, micro(arrival), prompt, output, kind, priority, *times,
                             micro(first - start - arrival) if first else None, micro(last - start) if last else None,
                             micro((last - first) / (output - 1)) if first and last and output > 1 else None,
                             self.requests[name].num_preemptions])
        return dict(num_gpu_blocks=self.blocks, usable_blocks=self.blocks - 1, policy=self.policy,
                    block_size=self.block_size, step_cols=STEP_COLUMNS, steps=steps, req_cols=REQUEST_COLUMNS,
                    requests=requests, **more)


# ---- the grid of steps that `spillway fit` needs ----

def grid(driver):
    """Prompts alone, several at once and in chunks; decode batches from large to one; a prompt beside a decode batch."""
    top = driver.max_length - 8
    segments, mark = [], 0

    def segment(**facts):
        nonlocal mark
        segments.append(dict(facts, first_step=mark, end_step=len(driver.log)))
        mark = len(driver.log)

    driver.reset()
    for tokens in (64, 128, 256, 512, 1024, 2048, 4096, 8192):
        if tokens > driver.budget: continue
        parts = math.ceil(tokens / top)
        for repeat in range(4):
            for _ in range(parts): driver.add(driver.make(tokens // parts, 1))
            driver.drain(); segment(kind="prefill", chunk=tokens, seqs=parts, rep=repeat)
    for count, prompt in ((4, 256), (16, 256), (32, 128), (4, 1024), (8, 1024)):
        if count * prompt > driver.budget or prompt > top: continue
        for repeat in range(2):
            for _ in range(count): driver.add(driver.make(prompt, 1))
            driver.drain(); segment(kind="prefill_multi", chunk=count * prompt, seqs=count, rep=repeat)
    for budget in (8192, 2048, 512):
        if budget > driver.budget: continue
        driver.scheduler.max_num_scheduled_tokens = budget
        driver.add(driver.make(min(top, 32000), 1))
        driver.drain(); segment(kind="chunked_prefill", chunk=budget, prompt=min(top, 32000))
    driver.scheduler.max_num_scheduled_tokens = driver.budget
    yield "A_prefill", driver.result(segments=segments)

    sequences, steps = driver.config.scheduler_config.max_num_seqs, 16
    for context in (128, 512, 1024, 2048, 4096):
        context = min(context, top - 20 * steps)
        room = (driver.all_blocks - 1) // math.ceil((context + 20 * steps) / driver.block_size)
        sizes = [size for size in (256, 128, 64, 32, 16, 8, 4, 2, 1) if size <= min(room, sequences)]
        ready, prefill_steps = prefill_order(driver.budget, sizes[0], context)
        # Those prefilled early decode while the rest is prefilled. Then ever fewer go on, `steps` steps at each size.
        outputs = [1 + prefill_steps - ready[index] + steps * (1 + sum(index < size for size in sizes[1:]))
                   for index in range(sizes[0])]
        driver.reset(); mark, segments = 0, []
        for request in [driver.make(context, output) for output in outputs]: driver.add(request)
        driver.drain(120); segment(kind="decode", context=context, sizes=sizes, prefill_steps=prefill_steps)
        yield f"A_decode_{context}", driver.result(segments=segments)

    driver.reset(); mark, segments = 0, []
    for size in (8, 32, 64, 128):
        context = min(1024, top // 2)
        blocks = size * math.ceil((context + 150) / driver.block_size)
        if size > sequences - 1 or blocks > driver.all_blocks - 1: continue
        for _ in range(size): driver.add(driver.make(context, 150))
        while len(driver.log) == mark or driver.scheduler.waiting or any(
                request.num_computed_tokens < request.num_prompt_tokens for request in driver.scheduler.running):
            driver.step()
        for _ in range(3): driver.step()
        segment(kind="fill", decodes=size)
        for prompt in (64, 128, 256, 512, 1024, 2048, 4096):
            for _ in range(4):
                driver.add(driver.make(min(prompt, top), 1))
                for _ in range(3): driver.step()
            segment(kind="mixed", decodes=size, chunk=min(prompt, top))
        driver.drain(); segment(kind="tail", decodes=size)
    yield "A_mixed", driver.result(segments=segments)


def prefill_order(budget, count, prompt):
    """In which step each of `count` prompts is done when they come together, and after how many steps all are."""
    ready, step, next_one, remaining = [0] * count, 0, 0, prompt
    while next_one < count:
        step += 1
        left = budget - next_one  # those before decode one token each
        while next_one < count and left > 0:
            tokens = min(remaining, left)
            remaining -= tokens; left -= tokens
            if remaining == 0:
                ready[next_one] = step
                next_one += 1; remaining = prompt
    return ready, step


# ---- one engine, all experiments ----

def engine_arguments(options):
    arguments = dict(
        model=options.model, load_format=options.weights, dtype=options.dtype, skip_tokenizer_init=True,
        generation_config="vllm", seed=0, enable_prefix_caching=False, enable_chunked_prefill=True,
        async_scheduling=options.async_scheduling, disable_log_stats=True, max_num_seqs=options.max_num_seqs,
        max_num_batched_tokens=options.max_num_batched_tokens, gpu_memory_utilization=options.gpu_memory_utilization,
        tensor_parallel_size=options.tensor_parallel_size, enforce_eager=options.enforce_eager)
    if options.max_model_len: arguments["max_model_len"] = options.max_model_len
    if options.tensor_parallel_size > 1: arguments["distributed_executor_backend"] = "mp"
    if options.kv_offloading_size:
        arguments.update(kv_offloading_size=options.kv_offloading_size, disable_hybrid_kv_cache_manager=True,
                         scheduling_policy=options.policy)
        if options.kv_blocks: arguments["num_gpu_blocks_override"] = options.kv_blocks
    return arguments


def describe(driver, arguments, options):
    import torch, vllm
    config, compilation = driver.config, driver.config.compilation_config
    return dict(
        engine_args=arguments, max_num_seqs=config.scheduler_config.max_num_seqs, max_num_batched_tokens=driver.budget,
        block_size=driver.block_size, num_gpu_blocks=driver.all_blocks, max_model_len=driver.max_length,
        reserve_full_isl=config.scheduler_config.scheduler_reserve_full_isl,
        async_scheduling=config.scheduler_config.async_scheduling, cudagraph_mode=str(compilation.cudagraph_mode),
        cudagraph_sizes=compilation.cudagraph_capture_sizes, model=config.model_config.hf_config.to_dict(),
        gpu=torch.cuda.get_device_name(0), mem=torch.cuda.mem_get_info(),
        versions=dict(vllm=vllm.__version__, torch=torch.__version__, cuda=torch.version.cuda))


def experiments(driver, options):
    """Yields (name, result) of everything asked for."""
    if options.trace:
        name = os.path.basename(options.trace).split(".")[0]
        driver.reset(options.kv_blocks, options.policy)
        yield name, driver.run(read_trace(options.trace), options.limit)
    for asked in options.experiment:
        kind, *numbers = asked.split(":")
        if kind == "grid":
            yield from grid(driver)
        elif kind == "saturation":
            count = int(numbers[0]) if numbers else 512
            driver.reset(options.kv_blocks, options.policy)
            yield "saturation", driver.run(saturation(count, options.seed), options.limit)
        elif kind == "sessions":
            rate, count = float(numbers[0]), int(numbers[1]) if len(numbers) > 1 else 120
            driver.reset(options.kv_blocks, options.policy, caches=True)
            result = driver.run_sessions(options.system_tokens, chat_sessions(rate, count, options.seed), options.limit)
            driver.cache_prefixes(False)
            yield f"sessions_{numbers[0]}", result
        else:
            rate, count = float(numbers[0]), int(numbers[1]) if len(numbers) > 1 else 500
            driver.reset(options.kv_blocks, options.policy)
            yield f"poisson_{numbers[0]}", driver.run(poisson(rate, count, options.seed), options.limit)


def summary(name, result):
    requests = result["requests"]
    done = [row for row in requests if row[9] is not None]
    firsts = sorted(row[8] for row in requests if row[8] is not None)
    span = max((row[9] for row in done), default=0)
    say(f"{name}: {len(done)} of {len(requests)} requests, {len(result['steps'])} steps, {span:.1f} s, "
        f"median TTFT {1e3 * firsts[len(firsts) // 2] if firsts else float('nan'):.1f} ms, "
        f"{sum(row[11] for row in requests)} preemptions" + (", TRUNCATED" if result.get("truncated") else ""))


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--model", required=True, help="a Hugging Face id, or a folder with a config.json")
    add("--out", required=True, help="the kit: a .json.gz file")
    add("--experiment", action="append", default=[], metavar="KIND",
        help="grid (for spillway fit), saturation[:REQUESTS], poisson:RATE[:REQUESTS], sessions:RATE[:SESSIONS] with "
             "prefix caching; repeatable")
    add("--trace", help="a trace of your own (CSV)")
    add("--kv-blocks", type=int, help="KV blocks for traces, saturation and poisson, in place of all that memory holds")
    add("--policy", choices=("fcfs", "priority"), default="fcfs")
    add("--limit", type=float, default=300, help="seconds after which an experiment is cut off")
    add("--seed", type=int, default=31)
    add("--weights", choices=("dummy", "auto"), default="dummy", help="auto loads the real ones")
    add("--dtype", default="bfloat16")
    add("--max-num-seqs", type=int, default=256)
    add("--max-num-batched-tokens", type=int, default=8192)
    add("--max-model-len", type=int)
    add("--gpu-memory-utilization", type=float, default=0.9)
    add("--tensor-parallel-size", type=int, default=1)
    add("--enforce-eager", action="store_true")
    add("--async-scheduling", action="store_true", help="plan a step while one runs, as vLLM does by default")
    add("--kv-offloading-size", type=float, metavar="GIB", help="host memory for copies of KV, all GPUs together")
    add("--system-tokens", type=int, default=4096, help="the system prompt that all sessions begin with")
    options = parser.parse_args(arguments)
    for asked in options.experiment:
        kind, *numbers = asked.split(":")
        wanted = {"grid": (0, 0), "saturation": (0, 1), "poisson": (1, 2), "sessions": (1, 2)}.get(kind)
        try:
            right = wanted and wanted[0] <= len(numbers) <= wanted[1] and all(float(number) > 0 for number in numbers)
        except ValueError:
            right = False
        if not right:
            parser.error(f"--experiment wants grid, saturation[:REQUESTS], poisson:RATE[:REQUESTS] or "
                         f"sessions:RATE[:SESSIONS], not {asked}")
        if kind == "grid" and options.async_scheduling:
            parser.error("the grid's steps are chosen one by one: record it without --async-scheduling")
        if kind in ("grid", "sessions") and options.kv_offloading_size:
            parser.error(f"{kind} wants a scheduler of its own, which --kv-offloading-size does not leave")
    if not options.experiment and not options.trace: parser.error("give --experiment or --trace")
    return options


def main():
    options = parse(sys.argv[1:])
    if options.trace: read_trace(options.trace)  # a bad one is told before the engine starts
    for name, value in ENVIRONMENT.items(): os.environ.setdefault(name, value)
    from vllm import EngineArgs
    from vllm.v1.engine.llm_engine import LLMEngine
    arguments = engine_arguments(options)
    driver = Driver(LLMEngine.from_engine_args(EngineArgs(**arguments)), bool(options.kv_offloading_size))
    driver.reset()
    driver.run([(0.02 * number, 200 + number, 40, "online", 0) for number in range(48)], 60)
    assert len(driver.finished) == 48, "the warm-up did not finish"
    kit = dict(config=describe(driver, arguments, options), experiments={})
    for name, result in experiments(driver, options):
        kit["experiments"][name] = result
        summary(name, result)
        with gzip.open(options.out + ".part", "wt", compresslevel=5) as file:
            json.dump(kit, file, separators=(",", ":"), default=str)
        os.replace(options.out + ".part", options.out)


if __name__ == "__main__":
    main()
