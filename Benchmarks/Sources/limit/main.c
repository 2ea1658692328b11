// The least that a discrete-event simulator of one engine has to do, in plain C: the yardstick beside which the
// simulator's own cost stands. Its ratio to this loop, measured in the same session, holds on any machine.
//
// One engine serves requests of 1,024 prompt tokens in order of arrival, as Scenarios/scale.yaml does: Poisson arrivals,
// one prompt in an iteration, decode iterations in closed form between two events, a heap of finishes, KV blocks by the
// residue of each sequence's position, five histograms with exact sums of squares, the integral of KV in use, and a
// fingerprint of every request. It has no policy, no ledger, no checks, no tiers, links or classes, and memory never
// runs out.
//
//   limit REQUESTS RATE OUTPUT_TOKENS
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef int64_t i64;
typedef uint64_t u64;
typedef __int128 i128;

enum { SLOTS = 1 << 16, BLOCK = 16, PROMPT = 1024, MOST_RUNNING = 256 };

// Xoshiro256++ (Blackman and Vigna).
static u64 words[4] = {1, 2, 3, 4};
static u64 turned(u64 value, int bits) { return value << bits | value >> (64 - bits); }
static u64 random_word(void) {
  u64 word = turned(words[0] + words[3], 23) + words[0], shifted = words[1] << 17;
  words[2] ^= words[0], words[3] ^= words[1], words[1] ^= words[2], words[0] ^= words[3];
  words[2] ^= shifted, words[3] = turned(words[3], 45);
  return word;
}
// An exponential gap in whole nanoseconds, as picoseconds.
static i64 gap_at(double rate) {
  return (i64)(-log1p(-(double)(random_word() >> 11) * 0x1p-53) * 1e9 / rate) * 1000;
}

// Buckets of 1/512 of their value.
typedef struct {
  i64 count;
  i128 sum, squares;
  i64 least, most;
  i64 buckets[28160];
} Histogram;
static int bucket_of(i64 value) {
  if (value < 1024) return (int)value;
  int shift = 63 - __builtin_clzll((u64)value) - 9;
  return (shift << 9) + (int)(value >> shift);
}
static void add(Histogram *h, i64 value, i64 weight) {
  h->count += weight;
  h->sum += (i128)value * weight;
  h->squares += (i128)value * value * weight;
  if (value < h->least) h->least = value;
  if (value > h->most) h->most = value;
  h->buckets[bucket_of(value)] += weight;
}
// The values first, first + step, ... `terms` of them.
static void add_progression(Histogram *h, i64 first, i64 step, i64 terms, i64 weight) {
  if (terms == 1 || step == 0) {
    add(h, first, terms * weight);
    return;
  }
  i64 last = first + step * (terms - 1);
  i128 indices = (i128)terms * (terms - 1) / 2, index_squares = indices * (2 * terms - 1) / 3;
  h->count += terms * weight;
  h->sum += weight * ((i128)terms * first + step * indices);
  h->squares +=
      weight * ((i128)terms * first * first + 2 * (i128)first * step * indices + (i128)step * step * index_squares);
  if (first < h->least) h->least = first;
  if (last > h->most) h->most = last;
  i64 done = 0;
  int bucket = bucket_of(first), final = bucket_of(last);
  while (bucket < final) {
    int shift = bucket < 1024 ? 0 : (bucket >> 9) - 1;
    i64 mantissa = bucket < 1024 ? bucket : bucket - ((i64)shift << 9);
    i64 upper = ((mantissa + 1) << shift) - 1, behind = (upper - first) / step + 1;
    h->buckets[bucket] += (behind - done) * weight;
    done = behind;
    bucket = bucket_of(first + step * done);
  }
  h->buckets[bucket] += (terms - done) * weight;
}

typedef struct {
  i64 step, request;
  int slot;
} Finish;
static Finish heap[SLOTS];
static int heap_size;
static int precedes(Finish a, Finish b) { return a.step != b.step ? a.step < b.step : a.request < b.request; }
static void push(Finish finish) {
  int place = heap_size++;
  for (; place; place = (place - 1) / 2) {
    if (!precedes(finish, heap[(place - 1) / 2])) break;
    heap[place] = heap[(place - 1) / 2];
  }
  heap[place] = finish;
}
static void pop(void) {
  Finish last = heap[--heap_size];
  int place = 0;
  for (;;) {
    int child = 2 * place + 1;
    if (child >= heap_size) break;
    if (child + 1 < heap_size && precedes(heap[child + 1], heap[child])) child++;
    if (!precedes(heap[child], last)) break;
    heap[place] = heap[child];
    place = child;
  }
  heap[place] = last;
}

typedef struct {
  i64 request, arrival, scheduled, first_token, last_token, joined_at;
  int tokens;
} Sequence;
static Sequence table[SLOTS];
static int free_slots[SLOTS], free_count;
static int queue[SLOTS], queue_head, queue_tail;
static int joining[SLOTS], joining_count;
// Sequences by position modulo the block's size, at step 0.
static int residues[BLOCK];
static i64 base_time[SLOTS];
static Histogram *first_token, *per_token, *token_gap, *end_to_end, *waiting;

static i64 span(i64 first, i64 growth, i64 steps) { return steps * first + growth * (steps * (steps - 1) / 2); }

int main(int argc, char **argv) {
  if (argc != 4) {
    fputs("usage: limit REQUESTS RATE OUTPUT_TOKENS\n", stderr);
    return 64;
  }
  const i64 requests = atoll(argv[1]), output = atoll(argv[3]);
  const double rate = atof(argv[2]);
  Histogram **all[5] = {&first_token, &per_token, &token_gap, &end_to_end, &waiting};
  for (int i = 0; i < 5; i++) {
    *all[i] = calloc(1, sizeof(Histogram));
    if (!*all[i]) return 71;
    (*all[i])->least = INT64_MAX;
  }
  // Picoseconds of an iteration by its tokens, of a context token (131,072 bytes at 3.35 TB/s: Llama-3.1-8B on an
  // H100), and of a prompt's attention.
  for (int i = 0; i < SLOTS; i++) {
    free_slots[free_count++] = SLOTS - 1 - i;
    base_time[i] = 6500000000LL + i * (i < 256 ? 5000000LL : 12000000LL);
  }
  const i64 per_context_token = 39000, prompt_attention = 700000000;

  i64 next_arrival = gap_at(rate), boundary = INT64_MAX, segment_start = 0, first = 0, growth = 0, left = 0;
  i64 step = 0, context = 0, last_token = 0, taken = 0, done = 0, free_blocks = 1 << 20, now = 0;
  i128 kv_time = 0;
  u64 fingerprint = 0x9e3779b97f4a7c15ULL;
  int running = 0, sequences = 0, prompt = -1;
  for (;;) {
    const int is_arrival = next_arrival <= boundary;
    const i64 time = is_arrival ? next_arrival : boundary;
    if (time == INT64_MAX) break;
    i64 settled = is_arrival ? 0 : left;
    if (is_arrival && running && left > 1) {
      // Which iteration the arrival falls into: the inverse of the quadratic.
      i64 elapsed = time - segment_start;
      double half = growth / 2.0, linear = first - half;
      i64 guess = half == 0 ? (i64)(elapsed / linear)
                            : (i64)(2 * elapsed / (linear + sqrt(linear * linear + 4 * half * elapsed)));
      if (guess > left) guess = left;
      while (guess > 0 && span(first, growth, guess - 1) >= elapsed) guess--;
      while (guess < left && span(first, growth, guess) < elapsed) guess++;
      settled = guess - 1;
    }
    if (running && settled > 0) {
      i64 first_end = segment_start + first, gap = first + growth, end = segment_start + span(first, growth, settled);
      if (sequences) {
        i64 blocks = (settled / BLOCK) * sequences;
        int rest = (int)(settled % BLOCK), residue = (int)(step % BLOCK), place = residue ? BLOCK - residue : 0;
        for (int i = 0; i < rest; i++) {
          blocks += residues[place];
          place = place ? place - 1 : BLOCK - 1;
        }
        free_blocks -= blocks;
        kv_time += (i128)(end - segment_start) * context + (i128)gap * sequences * (settled * (settled - 1) / 2);
        i64 old = sequences - joining_count;
        for (int i = 0; i < joining_count; i++) add(token_gap, first_end - table[joining[i]].last_token, 1);
        joining_count = 0;
        if (old > 0) add(token_gap, first_end - last_token, old);
        if (settled > 1) add_progression(token_gap, gap, growth, settled - 1, sequences);
        step += settled;
        context += settled * sequences;
        last_token = end;
      }
      segment_start = end;
      first += growth * settled;
      left -= settled;
    }
    if (is_arrival) {
      if (!free_count) {
        fputs("limit: the engine is overloaded\n", stderr);
        return 65;
      }
      int slot = free_slots[--free_count];
      table[slot] = (Sequence){.request = taken++, .arrival = time, .scheduled = -1};
      queue[queue_tail++ % SLOTS] = slot;
      next_arrival = taken < requests ? time + gap_at(rate) : INT64_MAX;
      if (running) {
        if (left > 1) {
          left = 1;
          boundary = segment_start + first;
        }
        continue;
      }
    }
    now = time;
    if (running && !is_arrival) {
      if (prompt >= 0) {
        Sequence *s = &table[prompt];
        s->tokens = PROMPT, s->first_token = s->last_token = now, s->joined_at = step;
        push((Finish){step + output - 1, s->request, prompt});
        residues[(s->tokens - step) & (BLOCK - 1)]++;
        joining[joining_count++] = prompt;
        sequences++, context += s->tokens + 1, prompt = -1;
      }
      while (heap_size && heap[0].step <= step) {
        int slot = heap[0].slot;
        pop();
        Sequence *s = &table[slot];
        i64 made = step - s->joined_at;
        residues[(s->tokens - s->joined_at) & (BLOCK - 1)]--;
        sequences--, context -= s->tokens + made + 1;
        free_blocks += (s->tokens + made + BLOCK - 1) / BLOCK;
        add(end_to_end, now - s->arrival, 1);
        add(first_token, s->first_token - s->arrival, 1);
        if (output > 1) add(per_token, (now - s->first_token) / (output - 1), 1);
        add(waiting, s->scheduled - s->arrival, 1);
        i64 facts[13] = {s->request, 0, 0, 0, s->arrival, s->scheduled, s->first_token, now, PROMPT, output, 0, 0, 0};
        for (int i = 0; i < 13; i++) {
          unsigned __int128 product = (unsigned __int128)(fingerprint ^ 0xa0761d6478bd642fULL) *
                                      ((u64)facts[i] ^ 0xe7037ed1a0b428dbULL);
          fingerprint = ((u64)product ^ (u64)(product >> 64)) + 0x9e3779b97f4a7c15ULL;
        }
        free_slots[free_count++] = slot;
        done++;
      }
    }
    int chunk = 0;
    if (queue_head != queue_tail && sequences < MOST_RUNNING) {
      prompt = queue[queue_head++ % SLOTS];
      if (table[prompt].scheduled < 0) table[prompt].scheduled = now;
      free_blocks -= PROMPT / BLOCK;
      chunk = PROMPT;
    }
    if (!sequences && !chunk) {
      running = 0, boundary = INT64_MAX;
      if (done == requests) break;
      continue;
    }
    first = base_time[sequences + chunk] + per_context_token * context + (chunk ? prompt_attention : 0);
    growth = per_context_token * sequences;
    left = chunk ? 1 : heap[0].step - step;
    segment_start = now, running = 1, boundary = now + span(first, growth, left);
  }
  printf("{\"completed\": %lld, \"total_output_tokens\": %lld, \"fingerprint\": \"%016llx\", \"kv_token_seconds\": %.6g}\n",
         (long long)done, (long long)(done * output), (unsigned long long)fingerprint, (double)kv_time * 1e-12);
  return 0;
}
