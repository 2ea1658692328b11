// Charts that answer: values under the pointer or the arrow keys, legends that hide and show, zoom along x.
// Without this script the page shows the same charts.
'use strict';
(() => {
  const SVG = 'http://www.w3.org/2000/svg';
  const make = (name, attributes, parent) => {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (parent) parent.appendChild(element);
    return element;
  };

  // A span of values on a linear or logarithmic axis, and the pixels that it takes.
  class Scale {
    constructor(text, from, to) {
      const [low, high, kind] = text.split(' ');
      this.log = kind === 'log';
      this.low = this.forward(Number(low));
      this.high = this.forward(Number(high));
      this.from = from;
      this.to = to;
    }
    forward(value) { return this.log ? Math.log(value) : value; }
    value(pixel) {
      const place = this.low + (pixel - this.from) / (this.to - this.from) * (this.high - this.low);
      return this.log ? Math.exp(place) : place;
    }
    pixel(value) {
      return this.from + (this.forward(value) - this.low) / (this.high - this.low) * (this.to - this.from);
    }
  }

  // A value with as many digits as a tenth of a pixel tells of it.
  const digits = (value, step) => {
    if (value === 0) return '0';
    const size = Math.floor(Math.log10(Math.abs(value)));
    const fine = step > 0 ? Math.floor(Math.log10(step)) : size - 2;
    const places = Math.min(6, Math.max(1, Math.min(4, size - fine + 1)));
    const text = Number(value.toPrecision(places));
    return Math.abs(text) >= 1e6 || Math.abs(text) < 1e-4 ? text.toExponential() : text.toLocaleString('en-US',
      { maximumFractionDigits: 6 });
  };

  // The vertices of a path of M, L, H and V; an M begins a new run.
  const runsOf = (d) => {
    const runs = [];
    let x = 0, y = 0;
    for (const [, command, rest] of d.matchAll(/([MLHVh])([^MLHVh]*)/g)) {
      const numbers = rest.split(',').map(parseFloat);
      if (command === 'h') continue;
      if (command === 'M' || command === 'L') [x, y] = numbers;
      if (command === 'H') x = numbers[0];
      if (command === 'V') y = numbers[0];
      if (command === 'M') runs.push([]);
      runs[runs.length - 1].push([x, y]);
    }
    return runs;
  };

  const roundSteps = (low, high, count) => {
    const raw = (high - low) / count;
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= raw * 0.999);
    const ticks = [];
    for (let index = Math.ceil(low / step - 1e-9); index * step <= high + step * 1e-9; index++) {
      ticks.push(index * step);
    }
    return ticks;
  };
  const ticksOf = (low, high, log, count) => {
    if (!log || high / low < 5) return roundSteps(low, high, count);
    const ticks = [];
    for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power++) {
      for (const factor of high / low > 100 ? [1] : [1, 2, 5]) {
        const value = factor * 10 ** power;
        if (value >= low && value <= high) ticks.push(value);
      }
    }
    return ticks.length > 1 ? ticks : roundSteps(low, high, count);
  };

  class LiveChart {
    constructor(svg, readout) {
      this.svg = svg;
      this.readout = readout;
      this.plot = svg.querySelector('.plot');
      const [left, top, right, bottom] = this.plot.dataset.frame.split(' ').map(Number);
      Object.assign(this, { left, top, right, bottom });
      this.whole = { from: left, to: right };
      this.window = { ...this.whole };
      this.x = new Scale(this.plot.dataset.x, left, right);
      this.y = new Scale(this.plot.dataset.y, bottom, top);
      this.paths = [...this.plot.querySelectorAll('path[data-series]')].map((path) => ({
        path, d: path.getAttribute('d'), form: path.dataset.form, name: path.dataset.name, series: path.dataset.series,
        runs: runsOf(path.getAttribute('d')),
      }));
      this.guides = [...this.plot.querySelectorAll('path.guide')].map((path) => ({ path, d: path.getAttribute('d') }));
      this.ticks = this.plot.querySelector('.ticks');
      this.ticksAtFirst = this.ticks.innerHTML;
      this.cursor = make('path', { class: 'cursor' }, this.plot);
      this.area = make('rect', {
        class: 'touch', x: left, y: top, width: right - left, height: bottom - top,
      }, this.plot);
      this.selection = make('rect', { class: 'window', y: top, height: bottom - top, width: 0, x: left }, this.plot);
      this.place = null;
      this.hidden = new Set();
      this.listen();
    }

    listen() {
      for (const entry of this.svg.querySelectorAll('.entry')) {
        entry.addEventListener('click', () => this.toggle(entry));
        entry.addEventListener('keydown', (event) => {
          if (event.key !== 'Enter' && event.key !== ' ') return;
          event.preventDefault();
          event.stopPropagation();
          this.toggle(entry);
        });
      }
      const at = (event) => {
        const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.svg.getScreenCTM().inverse());
        return Math.min(this.right, Math.max(this.left, point.x));
      };
      let start = null;
      this.area.addEventListener('pointerdown', (event) => {
        start = at(event);
        if (event.pointerType === 'mouse') this.area.setPointerCapture(event.pointerId);
      });
      this.area.addEventListener('pointermove', (event) => {
        const here = at(event);
        this.show(here);
        if (start === null || event.pointerType !== 'mouse') return;
        this.selection.setAttribute('x', Math.min(start, here));
        this.selection.setAttribute('width', Math.abs(here - start));
      });
      this.area.addEventListener('pointerup', (event) => {
        const here = at(event);
        this.selection.setAttribute('width', 0);
        if (start !== null && event.pointerType === 'mouse' && Math.abs(here - start) > 6) {
          this.zoom(this.original(Math.min(start, here)), this.original(Math.max(start, here)));
        } else {
          this.show(here);
        }
        start = null;
      });
      this.area.addEventListener('pointercancel', () => { start = null; });
      this.area.addEventListener('pointerleave', () => { if (start === null) this.show(null); });
      this.area.addEventListener('dblclick', () => this.zoom(this.whole.from, this.whole.to));
      this.svg.setAttribute('tabindex', '0');
      this.svg.addEventListener('keydown', (event) => this.key(event));
    }

    key(event) {
      const step = (this.right - this.left) * (event.shiftKey ? 0.1 : 0.01);
      const here = this.place ?? (this.left + this.right) / 2;
      switch (event.key) {
        case 'ArrowLeft': this.show(Math.max(this.left, here - step)); break;
        case 'ArrowRight': this.show(Math.min(this.right, here + step)); break;
        case '+': case '=': this.zoomBy(0.5); break;
        case '-': this.zoomBy(2); break;
        case '0': case 'Escape': this.zoom(this.whole.from, this.whole.to); break;
        default: return;
      }
      event.preventDefault();
    }

    toggle(entry) {
      const series = entry.dataset.series;
      const isShown = this.hidden.has(series);
      if (isShown) this.hidden.delete(series); else this.hidden.add(series);
      entry.setAttribute('aria-pressed', String(isShown));
      for (const item of this.paths) {
        if (item.series === series) item.path.style.display = isShown ? '' : 'none';
      }
      this.show(this.place);
    }

    // Pixels of the chart as drawn at first, and as shown now.
    original(pixel) {
      return this.window.from + (pixel - this.left) / (this.right - this.left) * (this.window.to - this.window.from);
    }
    shown(pixel) {
      return this.left + (pixel - this.window.from) / (this.window.to - this.window.from) * (this.right - this.left);
    }

    zoomBy(factor) {
      const middle = this.original(this.place ?? (this.left + this.right) / 2);
      const half = (this.window.to - this.window.from) * factor / 2;
      this.zoom(middle - half, middle + half);
    }

    zoom(from, to) {
      const least = (this.right - this.left) / 1000;
      if (to - from < least) [from, to] = [(from + to - least) / 2, (from + to + least) / 2];
      from = Math.max(from, this.whole.from);
      to = Math.min(to, this.whole.to);
      if (to <= from) return;
      this.window = { from, to };
      const isWhole = from === this.whole.from && to === this.whole.to;
      const round = (value) => Math.round(value * 10) / 10;
      const moved = (d) => d.replace(/([ML])(-?[\d.]+),|H(-?[\d.]+)/g, (_, command, x, along) =>
        command ? `${command}${round(this.shown(Number(x)))},` : `H${round(this.shown(Number(along)))}`);
      for (const item of this.paths) {
        if (isWhole) item.path.setAttribute('d', item.d);
        else if (item.form === 'points') {
          // Marks keep their shape: only where each begins moves. Those outside the frame are left out.
          const marks = item.d.split(/(?=M)/).filter((mark) => {
            const x = Number(mark.slice(1).split(',')[0]);
            return x >= from && x <= to;
          });
          item.path.setAttribute('d', marks.map(moved).join('') || 'M0,0');
        } else item.path.setAttribute('d', moved(item.d));
      }
      for (const guide of this.guides) {
        const isLevel = /^M[\d.]+,[\d.]+H/.test(guide.d);
        guide.path.setAttribute('d', isWhole || isLevel ? guide.d : moved(guide.d));
      }
      this.drawTicks(isWhole);
      this.show(this.place);
    }

    drawTicks(isWhole) {
      this.ticks.innerHTML = this.ticksAtFirst;
      if (isWhole) return;
      // Grid, ticks and numbers of x are drawn anew; those of y stay.
      const kept = (d, pattern) => d.replace(pattern, '');
      const grid = this.ticks.querySelector('.grid');
      const axis = this.ticks.querySelector('.axis');
      let lines = grid ? kept(grid.getAttribute('d'), /M[\d.]+,[\d.]+V[\d.]+/g) : '';
      const outline = axis.getAttribute('d').match(/^M[^M]*/)[0];
      let short = outline + kept(axis.getAttribute('d').slice(outline.length), /M[\d.]+,[\d.]+v\d/g);
      for (const text of [...this.ticks.querySelectorAll('text')]) {
        if (text.getAttribute('text-anchor') === 'middle') text.remove();
      }
      const [low, high] = [this.x.value(this.window.from), this.x.value(this.window.to)];
      const step = (high - low) / 100;
      for (const value of ticksOf(low, high, this.x.log, (this.right - this.left) / 90)) {
        const pixel = Math.round(this.shown(this.x.pixel(value)) * 10) / 10;
        lines += `M${pixel},${this.top}V${this.bottom}`;
        short += `M${pixel},${this.bottom}v5`;
        const text = make('text', {
          class: 'muted', x: pixel, y: this.bottom + 18, 'text-anchor': 'middle', 'font-size': 11,
        }, this.ticks);
        text.textContent = digits(value, step);
      }
      if (grid) grid.setAttribute('d', lines);
      axis.setAttribute('d', short);
    }

    // Where a line stands at a pixel; null where it has nothing there.
    height(item, pixel) {
      for (const run of item.runs) {
        if (pixel < run[0][0] - 0.5 || pixel > run[run.length - 1][0] + 0.5) continue;
        let [before, after] = [0, run.length - 1];
        while (after - before > 1) {
          const middle = (before + after) >> 1;
          if (run[middle][0] <= pixel) before = middle; else after = middle;
        }
        const [a, b] = [run[before], run[after]];
        if (item.form === 'steps' || b[0] === a[0]) return pixel >= b[0] ? b[1] : a[1];
        return a[1] + (b[1] - a[1]) * Math.min(1, Math.max(0, (pixel - a[0]) / (b[0] - a[0])));
      }
      return null;
    }

    // The mark nearest along x.
    nearest(item, pixel) {
      let best = null;
      for (const run of item.runs) {
        const distance = Math.abs(run[0][0] - pixel);
        if (distance < 8 && (best === null || distance < best.distance)) best = { distance, mark: run[0] };
      }
      return best ? best.mark : null;
    }

    show(pixel) {
      this.place = pixel;
      if (pixel === null) {
        this.cursor.removeAttribute('d');
        this.readout.textContent = this.hint;
        return;
      }
      this.cursor.setAttribute('d', `M${pixel},${this.top}V${this.bottom}`);
      const data = this.plot.dataset;
      const original = this.original(pixel);
      const near = (scale, at, size) => Math.abs(scale.value(at + size) - scale.value(at));
      const unit = (text) => text ? ' ' + text : '';
      const fine = 0.1 * (this.window.to - this.window.from) / (this.right - this.left);
      const parts = [[data.xName, digits(this.x.value(original), near(this.x, original, fine)) + unit(data.xUnit)]];
      for (const item of this.paths) {
        if (!item.name || this.hidden.has(item.series)) continue;
        const mark = item.form === 'points' ? this.nearest(item, original) : null;
        const height = item.form === 'points' ? mark && mark[1] : this.height(item, original);
        if (height === null) continue;
        const value = digits(this.y.value(height), near(this.y, height, 0.1)) + unit(data.yUnit);
        const place = mark && digits(this.x.value(mark[0]), near(this.x, mark[0], 0.1));
        parts.push([item.name, mark ? `${value} at ${place}` : value]);
      }
      this.readout.replaceChildren(...parts.flatMap(([name, value], index) => {
        const bold = document.createElement('b');
        bold.textContent = value;
        return [`${index ? ' · ' : ''}${name} `, bold];
      }));
    }

    get hint() { return 'Point at the chart, or use the arrow keys; drag to zoom.'; }
  }

  const button = (text, label, action) => {
    const element = document.createElement('button');
    element.type = 'button';
    element.textContent = text;
    element.setAttribute('aria-label', label);
    element.addEventListener('click', action);
    return element;
  };

  // By holder, the names of series that are hidden at first.
  const hiddenAtFirst = new WeakMap();

  const enliven = (holder) => {
    const svg = holder.querySelector('svg');
    const tools = holder.querySelector('.tools');
    const readout = document.createElement('span');
    readout.className = 'readout';
    readout.setAttribute('role', 'status');
    const chart = new LiveChart(svg, readout);
    tools.append(
      button('+', 'zoom in', () => chart.zoomBy(0.5)), button('−', 'zoom out', () => chart.zoomBy(2)),
      button('whole', 'show the whole chart', () => chart.zoom(chart.whole.from, chart.whole.to)), readout);
    chart.show(null);
    const hidden = hiddenAtFirst.get(holder) ?? new Set();
    for (const entry of svg.querySelectorAll('.entry')) {
      if (hidden.has(entry.getAttribute('aria-label'))) chart.toggle(entry);
    }
  };

  // A chart comes to life when it is about to be seen: a page of many opens at once.
  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      watch.unobserve(entry.target);
      enliven(entry.target);
    }
  }, { rootMargin: '400px' });
  // Charts that come later, and those that go, are told of by the page that brings them.
  const holders = (root) => [...root.querySelectorAll('.wide, .narrow')].filter((holder) =>
    holder.querySelector('.plot'));
  const adopt = (root, hidden = () => new Set()) => {
    for (const holder of holders(root)) {
      const tools = document.createElement('div');
      tools.className = 'tools';
      holder.appendChild(tools);
      hiddenAtFirst.set(holder, hidden(holder.querySelector('svg')));
      watch.observe(holder);
    }
  };
  const forget = (root) => { for (const holder of holders(root)) watch.unobserve(holder); };
  window.spillwayCharts = { adopt, forget, button };
  adopt(document);
  addEventListener('beforeprint', () => { for (const part of document.querySelectorAll('details')) part.open = true; });
  document.documentElement.dataset.ready = 'yes';
})();
