// The page of 'spillway explore': every movement asks the server for new figures; the address keeps the state.
'use strict';
(() => {
  const byId = (id) => document.getElementById(id);
  const form = byId('controls');
  const main = document.querySelector('main');
  const status = byId('status');
  const beside = byId('beside');
  const narrow = matchMedia('(max-width: 640px)');

  // One control: a slider with a field, a choice, or a field alone.
  class Row {
    constructor(element) {
      this.element = element;
      this.facts = element.dataset;
      this.start = this.facts.text;
      this.range = element.querySelector('input[type=range]');
      this.input = element.querySelector('[data-part=value]');
      this.least = Number(this.facts.least);
      this.greatest = Number(this.facts.greatest);
      this.isWhole = this.facts.whole === 'yes';
      this.isLog = this.facts.scale === 'log';
      this.input.addEventListener(this.input.tagName === 'SELECT' ? 'change' : 'input', () => {
        this.place();
        changed();
      });
      if (this.range) {
        this.range.addEventListener('input', () => this.take(this.valueAt(Number(this.range.value) / 100)));
        this.range.addEventListener('keydown', (event) => this.key(event));
      }
      this.place();
    }

    get text() { return this.input.value.trim(); }
    set text(text) {
      if (this.input.tagName === 'SELECT' && ![...this.input.options].some((option) => option.value === text)) {
        this.input.add(new Option(text));
      }
      this.input.value = text;
      this.place();
    }

    // The number in the field, where it has the slider's unit.
    get value() {
      const match = this.text.match(/^([\d.]+)(.*)$/);
      if (!match) return null;
      const same = match[2].replaceAll(' ', '') === this.facts.unit.replaceAll(' ', '');
      return same && Number.isFinite(Number(match[1])) ? Number(match[1]) : null;
    }

    valueAt(share) {
      return this.isLog ? this.least * (this.greatest / this.least) ** share
        : this.least + (this.greatest - this.least) * share;
    }
    shareOf(value) {
      const share = this.isLog ? Math.log(value / this.least) / Math.log(this.greatest / this.least)
        : (value - this.least) / (this.greatest - this.least);
      return Math.min(1, Math.max(0, share));
    }

    // A value from the slider: three digits, and nothing outside of its range.
    take(value) {
      const round = this.isWhole ? Math.round(Number(value.toPrecision(value < 1000 ? 15 : 3)))
        : Number(value.toPrecision(3));
      this.input.value = `${Math.min(this.greatest, Math.max(this.least, round))}${this.facts.unit}`;
      this.mark();
      changed();
    }

    // Arrow keys move a hundredth of the way, and whole numbers at least by one.
    key(event) {
      const way = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
      const value = this.value;
      if (!way || value === null) return;
      event.preventDefault();
      const next = this.valueAt(Math.min(1, Math.max(0, this.shareOf(value) + way / 100)));
      this.take(this.isWhole && Math.abs(next - value) < 1 ? value + Math.sign(way) : next);
      this.range.value = this.shareOf(this.value) * 100;
    }

    // Puts the slider where the field says.
    place() {
      if (this.range && this.value !== null) this.range.value = this.shareOf(this.value) * 100;
      this.mark();
    }

    mark() {
      if (this.range) this.range.setAttribute('aria-valuetext', this.text);
      this.element.classList.toggle('moved', this.isMoved);
    }

    get isMoved() { return this.text !== this.start && this.text !== ''; }
  }

  const rows = [...form.querySelectorAll('.row')].map((element) => new Row(element));
  const boxes = [...form.querySelectorAll('input[name=policy]')];
  const more = byId('more');
  let pins = [];
  let answer = null;

  // MARK: The state as a query

  const items = () => {
    const all = [];
    for (const row of rows) {
      if (!row.isMoved) continue;
      all.push([row.facts.item, row.facts.item === 'set' ? `${row.facts.path}=${row.text}` : row.text]);
    }
    for (const line of more.value.split('\n')) if (line.trim()) all.push(['set', line.trim()]);
    if (boxes.some((box) => box.checked !== box.defaultChecked)) {
      for (const box of boxes) if (box.checked) all.push(['policy', box.value]);
    }
    return all;
  };

  const query = (own) => {
    const all = new URLSearchParams(own);
    for (const pin of pins) {
      all.append('pin', pin.name);
      // Seed and replications are the present state's: nothing else could be compared.
      for (const [name, value] of pin.items) {
        if (name === 'set' || name === 'policy') all.append(`${pin.name}.${name}`, value);
      }
    }
    return all.toString();
  };

  const show = (own) => {
    const lines = [];
    for (const row of rows) row.text = row.start;
    for (const [name, value] of own) {
      const path = value.slice(0, value.indexOf('='));
      const row = rows.find(({ facts }) => facts.item === name && (name !== 'set' || facts.path === path));
      if (row) row.text = name === 'set' ? value.slice(path.length + 1) : value;
      else if (name === 'set') lines.push(value);
    }
    more.value = lines.join('\n');
    const policies = own.filter(([name]) => name === 'policy').map(([, value]) => value);
    for (const box of boxes) box.checked = policies.length ? policies.includes(box.value) : box.defaultChecked;
    if (lines.length) more.closest('details').open = true;
    if (boxes.some((box) => box.checked && !box.defaultChecked)) form.querySelector('.others').open = true;
  };

  // What the address says, behind '#'.
  const restore = () => {
    const all = [...new URLSearchParams(location.hash.slice(1))];
    pins = all.filter(([name]) => name === 'pin').map(([, name]) => ({
      name, items: all.filter(([key]) => key.startsWith(name + '.')).map(([key, value]) =>
        [key.slice(name.length + 1), value]),
    }));
    show(all.filter(([name]) => name !== 'pin' && !name.includes('.')));
    drawPins();
    ask();
  };

  // MARK: Asking

  // While an answer is on its way the newest state waits; one that takes long is withdrawn for it.
  const patience = 400;
  let wanted = null;
  let underWay = null;

  const changed = () => {
    const own = query(items());
    history.replaceState(null, '', own ? '#' + own : location.pathname);
    ask();
  };

  const ask = () => {
    if (boxes.length && !boxes.some((box) => box.checked)) {
      tell(['Choose at least one policy.']);
      return;
    }
    wanted = query(items());
    if (!underWay) run();
    else if (performance.now() - underWay.since > patience) underWay.withdrawal.abort();
    else setTimeout(() => { if (underWay && wanted !== null) underWay.withdrawal.abort(); }, patience);
  };

  const run = async () => {
    while (wanted !== null) {
      const asked = wanted;
      wanted = null;
      underWay = { since: performance.now(), withdrawal: new AbortController() };
      const slow = setTimeout(() => { status.textContent = 'Simulating …'; }, 250);
      try {
        const shown = `screen=${narrow.matches ? 'narrow' : 'wide'}&beside=${beside.open ? 'yes' : 'no'}`;
        const reply = await fetch(`answer?${shown}&${asked}`, { signal: underWay.withdrawal.signal });
        const content = await reply.text();
        if (reply.status === 200) take(JSON.parse(content), performance.now() - underWay.since);
        else if (reply.status === 503) {
          wanted ??= asked;
          await new Promise((done) => setTimeout(done, 200));
        } else if (reply.status === 422) tell(JSON.parse(content).errors);
        else tell([content.trim()]);
      } catch (error) {
        if (error.name !== 'AbortError') {
          tell(['The server does not answer; it may have ended. Start spillway explore again.']);
        }
      } finally {
        clearTimeout(slow);
        underWay = null;
      }
    }
    document.documentElement.dataset.asked = String(Number(document.documentElement.dataset.asked ?? 0) + 1);
  };

  const list = (id, lines) => byId(id).replaceChildren(...lines.map((line) => {
    const item = document.createElement('li');
    item.textContent = line;
    return item;
  }));

  const tell = (errors) => {
    list('errors', errors);
    status.textContent = answer ? 'These figures are of the last settings that could be simulated.'
      : 'There are no figures yet.';
    main.classList.toggle('stale', answer !== null);
  };

  const take = (news, time) => {
    answer = news;
    main.classList.remove('stale');
    list('errors', []);
    list('warnings', news.warnings);
    byId('figures').innerHTML = news.figures;
    byId('remarks').innerHTML = news.remarks;
    byId('table').innerHTML = news.table;
    byId('command').textContent = news.command;
    byId('scenario').textContent = scenarios();
    drawCharts(byId('charts'), news.charts);
    drawCharts(byId('charts-beside'), news.charts_beside);
    status.textContent = `Simulated in ${Math.round(time)} ms.`;
  };

  // What was hidden in a chart's legend stays hidden in the chart that takes its place.
  const drawCharts = (place, charts) => {
    const hidden = new Map();
    for (const entry of place.querySelectorAll('.entry[aria-pressed=false]')) {
      const key = chartName(entry.closest('svg'));
      hidden.set(key, (hidden.get(key) ?? new Set()).add(entry.getAttribute('aria-label')));
    }
    window.spillwayCharts.forget(place);
    place.innerHTML = charts.join('');
    window.spillwayCharts.adopt(place, (svg) => hidden.get(chartName(svg)) ?? new Set());
  };
  const chartName = (svg) => {
    const texts = [...svg.querySelectorAll('text')].slice(0, 2);
    return texts.map((text) => text.textContent).join(', ');
  };

  const scenarios = () => answer.scenarios.map(({ name, text }) => (name ? `# ${name}\n` : '') + text).join('\n');

  // MARK: Buttons

  const copy = async (text, what) => {
    try {
      await navigator.clipboard.writeText(text);
      status.textContent = `${what} copied.`;
    } catch {
      status.textContent = 'The browser does not let pages copy; what was asked for is below, to be copied by hand.';
      for (const id of ['scenario', 'command']) if (byId(id).textContent === text) byId(id).parentElement.open = true;
    }
  };
  byId('yaml').addEventListener('click', () => { if (answer) copy(scenarios(), 'The scenario is'); });
  byId('words').addEventListener('click', () => { if (answer) copy(answer.command, 'The command is'); });
  byId('link').addEventListener('click', () => copy(location.href, 'The link is'));
  byId('reset').addEventListener('click', () => {
    show([]);
    changed();
  });

  const names = ['A', 'B'];
  byId('pin').addEventListener('click', () => {
    const name = names.find((name) => !pins.some((pin) => pin.name === name));
    if (!name) return;
    pins.push({ name, items: items() });
    drawPins();
    changed();
  });

  const inWords = (own) => {
    const parts = own.map(([name, value]) => name === 'set' ? value.replace('=', ' ') : `${name} ${value}`);
    return parts.length ? parts.join(', ') : 'the scenario as the file has it';
  };
  const drawPins = () => {
    byId('pin').disabled = pins.length >= names.length;
    byId('pins').replaceChildren(...pins.map((pin) => {
      const item = document.createElement('li');
      const name = document.createElement('b');
      name.textContent = pin.name;
      const words = document.createElement('span');
      words.textContent = inWords(pin.items);
      const { button } = window.spillwayCharts;
      item.append(name, words,
        button('Go there', `go to ${pin.name}`, () => {
          show(pin.items);
          changed();
        }),
        button('Unpin', `unpin ${pin.name}`, () => {
          pins = pins.filter((other) => other !== pin);
          drawPins();
          changed();
        }));
      return item;
    }));
  };

  form.addEventListener('submit', (event) => event.preventDefault());
  for (const box of boxes) box.addEventListener('change', changed);
  more.addEventListener('input', changed);
  beside.addEventListener('toggle', ask);
  narrow.addEventListener('change', ask);
  addEventListener('hashchange', restore);
  restore();
})();
