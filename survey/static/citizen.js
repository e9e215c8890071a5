/* The form works without this file. It keeps answers on the phone until they are sent, sends when the network is back,
   brings the next card into view and reads aloud. ES2017, for old phones; no library. */
(() => {
  'use strict';
  const HOUR = 3600000, DRAFT_FOR = 2 * HOUR, QUEUE_FOR = 168 * HOUR, PATIENCE = 30000, PREFIX = 'sipas ';
  const find = id => document.getElementById(id);
  const show = (id, on) => { const line = find(id); if (line) line.hidden = !on; }; /* a page kept from before may not have the line yet */
  const form = find('f'), view = find('view'), bar = find('bar'), unsent = find('unsent');
  if (!form) return;
  const field = name => form.querySelector(`[name=${name}]`) || document.querySelector(`[name=${name}][form=f]`);
  const fixed = ['response_id', 'form', 'questionnaire', 'answering_time'];
  const url = new URL(form.action), kiosk = form.dataset.kiosk;
  const key = PREFIX + url.pathname + ' ' + field('questionnaire').value;
  const opened = location.href, called = document.title;

  /* --- how long answering took: from the first answer to sending; only which of four classes it was ever leaves the phone --- */
  const fresh = form.dataset.fresh !== undefined, blank = fresh || !form.querySelector(':checked');
  const time = document.createElement('input');
  time.type = 'hidden';
  time.name = 'answering_time';
  form.appendChild(time);
  let began = NaN; /* not known where the server has filled answers in and this phone keeps nothing */
  const begin = () => { if (blank && !began) began = Date.now(); };
  const took = seconds => !(seconds >= 0) ? '' : seconds < 15 ? 'under_15s' : seconds < 60 ? '15s_to_60s' : seconds < 300 ? '1_to_5_min' : 'over_5_min';

  /* --- answers on this phone: none at a kiosk, else for two hours; where storage is denied there are simply none --- */
  const tap = () => [...new FormData(form)];
  const read = k => { try { return JSON.parse(localStorage.getItem(k)); } catch (e) { return null; } };
  const write = draft => { try { localStorage.setItem(key, JSON.stringify(draft)); } catch (e) { /* denied */ } };
  const forget = k => { try { localStorage.removeItem(k); } catch (e) { /* denied */ } };
  const tidy = () => {
    try {
      for (const k of Object.keys(localStorage)) if (k.startsWith(PREFIX) && !((read(k) || {}).until > Date.now())) forget(k);
    } catch (e) { /* denied */ }
  };
  const save = () => {
    if (kiosk) return;
    const answers = (read(key) || {}).answers || {};
    for (const el of form.elements) delete answers[el.name];
    for (const [name, value] of tap()) if (!fixed.includes(name) && value) (answers[name] = answers[name] || []).push(value);
    write({ until: Date.now() + DRAFT_FOR, id: field('response_id').value, form: field('form').value, answers, began });
  };
  const fill = draft => {
    for (const el of form.elements) {
      const given = draft.answers[el.name];
      if (given && el.type === 'textarea') el.value = given[0];
      else if (given) el.checked = given.includes(el.value);
      const part = given && el.closest('details');
      if (part) part.open = true;
    }
    field('response_id').value = draft.id;
  };
  const address = (name, query) => {
    const q = new URLSearchParams(query);
    q.set('form', name);
    return url.pathname + '?' + q;
  };
  const restore = () => {
    tidy();
    const draft = read(key);
    if (draft && draft.began) began = draft.began;
    if (!fresh) return save(); /* the server has filled it in */
    if (!draft || !Object.keys(draft.answers).length) return;
    if (draft.form !== field('form').value && !new URLSearchParams(location.search).has('form')) {
      location.replace(address(draft.form, url.search));
      return;
    }
    fill(draft);
    show('kept', true);
  };

  /* --- cards --- */
  const cards = [...form.querySelectorAll('.rate')];
  const rated = card => card.querySelector(':checked') !== null;
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const count = () => {
    bar.value = cards.filter(rated).length;
    for (const part of form.querySelectorAll('[data-when]')) part.hidden = !find(part.dataset.when).checked;
  };
  /* The next card comes 250 ms after the last tap. It never moves away under a finger, and a second thought about what is past stays there. */
  let from = null, glide = 0;
  const move = () => {
    const next = cards.slice(cards.indexOf(from) + 1).find(card => !rated(card)) || form.querySelector('.helped');
    from = null;
    next.scrollIntoView({ behavior: 'smooth', block: 'start' });
  };
  form.addEventListener('pointerdown', () => clearTimeout(glide));
  form.addEventListener('pointercancel', () => { from = null; }); /* the finger scrolls by itself */
  form.addEventListener('click', event => {
    const label = event.target.closest('.rate label'), card = label && label.closest('.rate');
    if (card && event.detail && !calm && (from || !rated(card))) from = card; /* no key, and motion is wanted */
    clearTimeout(glide);
    if (from) glide = setTimeout(move, 250);
  });
  form.addEventListener('change', () => { begin(); count(); save(); });
  form.addEventListener('input', event => { if (event.target.type === 'textarea') { begin(); save(); } });
  find('forget').addEventListener('click', () => { forget(key); location.replace(url.pathname + url.search); });

  /* --- what waits to be sent: in IndexedDB, or in this page where that is denied --- */
  const memory = new Map();
  const open = () => new Promise((resolve, reject) => {
    const asked = indexedDB.open('sipas', 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore('queue', { keyPath: 'id' });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  const queue = async (mode, act) => {
    const db = await open();
    try {
      return await new Promise((resolve, reject) => {
        const change = db.transaction('queue', mode), asked = act(change.objectStore('queue'));
        change.oncomplete = () => resolve(asked.result);
        change.onabort = change.onerror = () => reject(change.error);
      });
    } finally { db.close(); }
  };
  const put = async item => {
    try { await queue('readwrite', store => store.put(item)); return true; } catch (e) { memory.set(item.id, item); return false; }
  };
  const drop = async id => { memory.delete(id); try { await queue('readwrite', store => store.delete(id)); } catch (e) { /* denied */ } };
  const waiting = async () => {
    let stored = [];
    try { stored = await queue('readonly', store => store.getAll()); } catch (e) { /* denied */ }
    return [...stored, ...memory.values()];
  };

  /* --- sending --- */
  const later = status => status >= 500 || status === 429 || status === 408;
  const reading = html => {
    const page = new DOMParser().parseFromString(html, 'text/html');
    return { page, thanks: page.querySelector('main[data-sent]') };
  };
  const post = async item => {
    const late = new Promise((_, reject) => setTimeout(() => reject(new Error('late')), PATIENCE));
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const reply = await Promise.race([fetch(item.url, { method: 'POST', headers, body: item.body, credentials: 'omit' }), late]);
    if (later(reply.status)) throw new Error(reply.status);
    return reading(await Promise.race([reply.text(), late]));
  };
  /* The receipt code of a comment that wants an answer, as the server makes it (survey/domain/receipt_code.py): known before it is sent. */
  const DAMM = '0317598642709215486342068713591750983426612304597836742095815869720134894536201794386172052581436790';
  const receipt = id => {
    const digits = String(parseInt(id.replace('-', '').slice(0, 12), 16)).padStart(15, '0');
    return (digits + [...digits].reduce((row, digit) => DAMM[row * 10 + +digit], 0)).replace(/\d{4}(?=\d)/g, '$&-');
  };
  const wanted = field('wants_answer');
  const message = (main, title) => {
    for (const other of document.querySelectorAll('body > main')) if (other !== unsent) other.remove();
    unsent.hidden = main !== unsent;
    view.hidden = !!main;
    document.title = title || (main ? main.querySelector('h1').textContent : called);
    if (!main) return;
    const code = (history.state || {}).code;
    show('receipt', code);
    if (code && find('receipt')) find('receipt').lastElementChild.textContent = code;
    if (main !== unsent) document.body.insertBefore(main, unsent);
    const head = main.querySelector('h1');
    head.tabIndex = -1;
    head.focus();
    scrollTo(0, 0);
    if (kiosk) setTimeout(() => location.replace(kiosk), 15000);
  };
  let busy = false, shown = null, pause = 5000, timer = 0;
  const thank = (thanks, title) => {
    forget(key);
    shown = null;
    clearTimeout(timer);
    const state = { thanks: thanks.outerHTML, title };
    if (history.state && history.state.unsent) history.replaceState(state, ''); else history.pushState(state, '');
    message(document.adoptNode(thanks), title);
  };
  const wait = async item => {
    const kept = await put(item);
    forget(key);
    shown = item.id;
    show('stored', kept);
    show('unstored', !kept);
    if (unsent.hidden) {
      history.pushState({ unsent: item.id, code: item.body.includes('wants_answer=yes') && receipt(item.id) }, '');
      message(unsent);
    }
    again();
    try { (await navigator.serviceWorker.ready).sync.register('send').catch(() => 0); } catch (e) { /* not on this phone */ }
  };
  const again = () => {
    clearTimeout(timer);
    timer = setTimeout(flush, pause);
    pause = Math.min(pause * 2, 60000);
  };
  const flush = async () => {
    const items = await waiting();
    for (const item of items) {
      if (item.until < Date.now()) { await drop(item.id); continue; }
      try {
        const { page, thanks } = item.sent ? reading(item.sent) : await post(item); /* sent already: by the worker */
        await drop(item.id);
        if (!thanks) show('lost', true);
        if (item.id === shown && thanks) thank(thanks, page.title);
        else if (item.id === shown) { fill(item); message(null); }
      } catch (e) { again(); show('waits', true); return; }
    }
    show('waits', false);
  };
  const send = async () => {
    const body = tap().map(pair => pair.map(encodeURIComponent).join('=')).join('&');
    const item = { id: field('response_id').value, url: form.action, body, answers: (read(key) || {}).answers || {}, until: Date.now() + QUEUE_FOR };
    busy = true;
    form.setAttribute('aria-busy', 'true');
    try {
      const { page, thanks } = await post(item);
      if (thanks) { await drop(item.id); thank(thanks, page.title); } else HTMLFormElement.prototype.submit.call(form);
    } catch (e) { await wait(item); }
    busy = false;
    form.removeAttribute('aria-busy');
  };
  let pressed = null;
  document.addEventListener('click', event => { pressed = event.target.closest('button'); }, true);
  form.addEventListener('submit', event => {
    const by = event.submitter || pressed;
    if (busy) return event.preventDefault();
    time.value = took((Date.now() - began) / 1000);
    save();
    if ((by && by.name) || !window.fetch) return; /* another language or form: an ordinary page */
    if (wanted && wanted.checked && !form.querySelector('textarea').value.trim()) return; /* nothing to answer: the server says so */
    event.preventDefault();
    send();
  });
  find('now').addEventListener('click', () => { pause = 5000; flush(); });
  addEventListener('online', () => { pause = 5000; flush(); });
  addEventListener('popstate', () => {
    const state = history.state || {};
    if (state.thanks) return message(reading(state.thanks).thanks, state.title);
    message(state.unsent && shown ? unsent : null);
  });

  /* --- reading aloud: recorded questions, else the phone's own voice for this language, else nothing --- */
  const language = document.documentElement.lang;
  const voice = () => window.speechSynthesis && speechSynthesis.getVoices().find(v => v.lang.toLowerCase().startsWith(language));
  const offer = () => { for (const button of form.querySelectorAll('button.hear')) button.hidden = !voice(); };
  let playing = null;
  form.addEventListener('click', event => {
    const hear = event.target.closest('.hear');
    if (!hear) return;
    if (hear.href) {
      event.preventDefault();
      if (playing) playing.pause();
      playing = new Audio(hear.href);
      playing.play().catch(() => { location.href = hear.href; });
      return;
    }
    const card = hear.closest('.rate');
    const said = new SpeechSynthesisUtterance([...card.querySelectorAll('.asked, label')].map(el => el.textContent.trim()).join('. '));
    said.voice = voice();
    said.lang = language;
    speechSynthesis.cancel();
    speechSynthesis.speak(said);
  });
  if (window.speechSynthesis && form.querySelector('.hear')) { offer(); speechSynthesis.onvoiceschanged = offer; }

  /* --- begin --- */
  const standby = async () => {
    try {
      await navigator.serviceWorker.register('/sw.js');
      /* From the browser's own memory: the page is not loaded a second time, but for one that was asked for with answers. */
      const here = address(field('form').value, url.search), page = await fetch(fresh ? opened : here, { cache: 'force-cache', credentials: 'omit' });
      if (page.ok) await (await caches.open('sipas')).put(here, page);
    } catch (e) { /* denied, or an old phone */ }
  };
  if (history.state && history.state.thanks) dispatchEvent(new Event('popstate'));
  else {
    restore();
    if (history.state && history.state.unsent) { shown = history.state.unsent; message(unsent); }
    history.replaceState(history.state, '', address(field('form').value, url.search));
  }
  bar.hidden = false;
  count();
  flush();
  addEventListener('load', standby);
})();
