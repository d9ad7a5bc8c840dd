/* Progressive enhancement only: every action also works as a plain link or form post. No eval, no inline handlers. */
(function () {
  'use strict';
  const root = document.documentElement;
  const all = (query, inside) => Array.from((inside || document).querySelectorAll(query));
  const live = () => document.getElementById('live');
  const word = (name) => (live() && live().dataset[name]) || '';
  const BOX = 'tbody input[type=checkbox]:not(:disabled)';
  let lastBox = null;
  let focusKey = null;

  function say(text) {
    const region = live();
    if (!region) return;
    region.textContent = '';
    setTimeout(() => { region.textContent = text; }, 50);
  }

  function remember(name, value) {
    document.cookie = name + '=' + value + '; path=/; max-age=31536000; samesite=lax';
  }

  /* ---- selection: the figures are a preview, the server counts again; money stays in whole fen ---- */
  const fenOf = (box) => BigInt(box.dataset.fen || '0');

  function yuan(fen) {
    const minus = fen < 0n ? '-' : '';
    const digits = String(fen < 0n ? -fen : fen).padStart(3, '0');
    return minus + '¥' + digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ',') + '.' + digits.slice(-2);
  }

  /* Rows ticked on other pages are known to the server alone: data-base is the whole selection when the page was made. */
  function show(form, boxes, on) {
    const before = boxes.filter((box) => box.defaultChecked);
    const count = form.querySelector('[data-count]');
    let total = on.length;
    if (count) {
      total = Math.max(0, Number(count.dataset.base || 0) - before.length) + on.length;
      count.textContent = total;
    }
    const sum = form.querySelector('[data-sum]');
    if (sum) {
      const add = (boxes) => boxes.reduce((fen, box) => fen + fenOf(box), 0n);
      let fen = BigInt(sum.dataset.base || '0') - add(before);
      fen = (fen < 0n ? 0n : fen) + add(on);
      sum.textContent = yuan(fen);
      const words = form.querySelector('[data-words]');
      if (words) words.hidden = String(fen) !== sum.dataset.base;
    }
    all('[data-needs-selection]', form).forEach((button) => button.setAttribute('aria-disabled', total ? 'false' : 'true'));
    return total;
  }

  function sync(table, aloud) {
    const boxes = all(BOX, table);
    const on = boxes.filter((box) => box.checked);
    const head = table.querySelector('thead input[type=checkbox]');
    if (head) {
      head.checked = on.length > 0 && on.length === boxes.length;
      head.indeterminate = on.length > 0 && on.length < boxes.length;
    }
    boxes.forEach((box) => box.closest('tr').classList.toggle('sel', box.checked));
    const form = table.closest('form');
    const total = form ? show(form, boxes, on) : on.length;
    if (aloud) say(word('selected').replace('{n}', total));
  }

  function selectRange(box) {
    const boxes = all(BOX, box.closest('table'));
    const ends = [boxes.indexOf(lastBox), boxes.indexOf(box)];
    if (ends[0] < 0) return;
    boxes.slice(Math.min(ends[0], ends[1]), Math.max(ends[0], ends[1]) + 1).forEach((each) => { each.checked = box.checked; });
  }

  document.addEventListener('change', (event) => {
    const box = event.target;
    const table = box.closest && box.closest('table');
    if (!table || box.type !== 'checkbox') return;
    if (box.closest('thead')) all(BOX, table).forEach((each) => { each.checked = box.checked; });
    sync(table, true);
  });

  /* ---- clicks ---- */
  function setDensity(link) {
    const value = link.dataset.value;
    root.dataset.density = value;
    remember('density', value);
    all('a', link.parentNode).forEach((each) => {
      each.classList.toggle('on', each === link);
      if (each === link) each.setAttribute('aria-current', 'true'); else each.removeAttribute('aria-current');
    });
  }

  function closeFlash(button) {
    const flash = button.closest('[data-flash]');
    if (flash) flash.remove();
    const main = document.getElementById('main');
    if (main) main.focus({ preventScroll: true });
  }

  document.addEventListener('click', (event) => {
    const at = (query) => event.target.closest && event.target.closest(query);
    const box = at(BOX);
    if (box) {
      if (event.shiftKey && lastBox && lastBox !== box) { selectRange(box); sync(box.closest('table'), true); }
      lastBox = box;
    }
    if (at('[aria-disabled=true]')) { event.preventDefault(); event.stopPropagation(); }
    if (at('[data-close]')) closeFlash(at('[data-close]'));
    if (at('[data-print]')) window.print();
    if (at('[data-density] a')) { event.preventDefault(); setDensity(at('[data-density] a')); }
    all('details.t-menu[open], details.t-drawer[open]').forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  }, true);

  /* ---- keys: off in fields, while an input method composes, and by the person's own setting (WCAG 2.1.4) ---- */
  const press = (query) => { const target = document.querySelector(query); if (target) target.click(); return !!target; };

  function stepRow(by) {
    if (press('[data-key="' + (by > 0 ? 'J' : 'K') + '"]')) return;
    const rows = all('.t-table tbody tr:not(.grp)').filter((row) => row.querySelector('td a'));
    const here = rows.indexOf(document.activeElement.closest('tr'));
    const row = rows[here < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, here + by))];
    if (!row) return;
    row.querySelector('td a').focus();
    row.scrollIntoView({ block: 'nearest' });
  }

  function act(row) {
    const target = (row && (row.querySelector('[data-act]') || row.querySelector('td:last-child .btn'))) || document.querySelector('[data-key="e"], .t-next .btn:not([aria-disabled=true])');
    if (target) target.focus();
  }

  /* Conditions are marked with 1, 2, 3; the next one takes the focus, after the last the button that decides. */
  function mark(digit) {
    const rows = all('[data-criterion]');
    const here = document.activeElement.closest('[data-criterion]');
    const row = here || rows.find((each) => !each.querySelector('input:checked')) || rows[0];
    if (!row) return false;
    row.querySelector('[data-digit="' + digit + '"]').click();
    const next = rows[rows.indexOf(row) + 1];
    const target = next ? next.querySelector('input:checked, input') : document.querySelector('[data-key="e"]');
    if (target) target.focus();
    return true;
  }

  const KEYS = {
    1: () => mark(1),
    2: () => mark(2),
    3: () => mark(3),
    '/': () => { const box = document.getElementById('q'); if (box) box.focus(); return !!box; },
    '?': () => press('[data-key="?"]'),
    j: () => stepRow(1),
    k: () => stepRow(-1),
    x: (row) => { const box = row && row.querySelector('input[type=checkbox]:not(:disabled)'); if (box) box.click(); },
    e: (row) => act(row),
    c: () => { const box = document.querySelector('[data-key="c"]'); if (box) box.focus(); return !!box; }
  };

  document.addEventListener('keydown', (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === 'Escape') all('details.t-menu[open], details.t-drawer[open]').forEach((menu) => { menu.open = false; menu.querySelector('summary').focus(); });
    const field = event.target;
    if ((event.ctrlKey || event.metaKey) && event.key === 'Enter' && field.tagName === 'TEXTAREA' && field.form) {
      const button = field.form.querySelector('[type=submit]');
      if (button) button.click();
      return;
    }
    if (root.dataset.keys === 'off' || event.ctrlKey || event.metaKey || event.altKey) return;
    if (field.isContentEditable || (/^(INPUT|TEXTAREA|SELECT)$/.test(field.tagName) && !/^(checkbox|radio)$/.test(field.type))) return;
    const run = Object.prototype.hasOwnProperty.call(KEYS, event.key) && KEYS[event.key];
    if (run && run(document.activeElement.closest('tr')) !== false) event.preventDefault();
  });

  /* ---- a form goes out once; the words of the pressed button say so ---- */
  function freeForm(form) {
    delete form.dataset.sent;
    all('[data-words-before]', form).forEach((button) => {
      button.setAttribute('aria-disabled', 'false');
      (button.querySelector('span') || button).textContent = button.dataset.wordsBefore;
      delete button.dataset.wordsBefore;
    });
  }

  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (!form.hasAttribute('data-once')) return;
    if (form.dataset.sent) { event.preventDefault(); event.stopPropagation(); return; }
    form.dataset.sent = '1';
    const button = event.submitter;
    if (button) {
      const words = button.querySelector('span') || button;
      button.dataset.wordsBefore = words.textContent;
      words.textContent = button.dataset.wait || word('wait');
      button.setAttribute('aria-disabled', 'true');
    }
    setTimeout(() => freeForm(form), 10000);
  }, true);
  window.addEventListener('pageshow', (event) => { if (event.persisted) all('form[data-sent]').forEach(freeForm); });

  /* ---- htmx: busy mark, focus keeper, announcements, failures in words ---- */
  const polls = (element) => /every/.test((element && element.getAttribute && element.getAttribute('hx-trigger')) || '');

  document.addEventListener('htmx:beforeRequest', (event) => {
    const target = event.detail.target;
    if (target && !polls(event.detail.elt)) target.setAttribute('aria-busy', 'true');
  });

  /* Only a focus that the swap itself takes away is given back: nobody is called back to a field that he left. */
  document.addEventListener('htmx:beforeSwap', (event) => {
    const target = event.detail.target;
    const active = document.activeElement;
    if (target && target.contains(active)) focusKey = active.id || active.getAttribute('data-focus');
  });

  document.addEventListener('htmx:afterRequest', (event) => {
    if (event.detail.target) event.detail.target.removeAttribute('aria-busy');
    all('form[data-sent]').forEach(freeForm);
  });

  document.addEventListener('htmx:afterSettle', (event) => {
    const target = event.detail.target;
    if (target) target.removeAttribute('aria-busy');
    prepare();
    const summary = !polls(event.detail.elt) && document.querySelector('[data-error-summary]');
    if (summary) { summary.focus(); return; }
    const key = focusKey;
    focusKey = null;
    if (!key || document.activeElement !== document.body) return;
    const same = document.getElementById(key) || all('[data-focus]').find((each) => each.getAttribute('data-focus') === key);
    if (same) same.focus({ preventScroll: true });
  });

  function failed(event) {
    if (polls(event.detail.elt)) return;
    const area = document.getElementById('flashes');
    say(word('failed'));
    if (!area) return;
    const box = document.createElement('div');
    box.className = 't-flash red';
    box.setAttribute('data-flash', '');
    box.textContent = word('failed');
    area.replaceChildren(box);
  }
  document.addEventListener('htmx:responseError', failed);
  document.addEventListener('htmx:sendError', failed);
  document.addEventListener('announce', (event) => say(event.detail.value || event.detail));

  /* ---- what every new piece of page needs ---- */
  function fit() {
    all('.t-scroll').forEach((box) => {
      box.classList.remove('fits');
      box.classList.toggle('fits', box.scrollWidth <= box.clientWidth + 1);
    });
  }

  function prepare() {
    fit();
    all('form table').forEach((table) => { if (table.querySelector(BOX)) sync(table, false); });
  }

  let resizing = 0;
  window.addEventListener('resize', () => { clearTimeout(resizing); resizing = setTimeout(fit, 150); });
  if (window.matchMedia) remember('theme', window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
  prepare();
  /* The menu alone moves to where one is; the page stays at its beginning. */
  const here = document.querySelector('.t-shell .t-nav a[aria-current]');
  const menu = here && here.closest('.in');
  if (menu && here.offsetTop + here.offsetHeight > menu.clientHeight) menu.scrollTop = here.offsetTop - menu.clientHeight / 2;
  const summary = document.querySelector('[data-error-summary]');
  if (summary) summary.focus();
})();
