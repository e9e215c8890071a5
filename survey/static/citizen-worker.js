/* Stands behind the form: shows it again without a network or after a failure, and sends what waits when the network is back. ES2017. */
'use strict';
const FORMS = /^\/[spgk]\//, MOST = 6;
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', event => event.waitUntil(self.clients.claim()));

/* Another person may open the stored page: each opening is a response of its own, unless the page has answers to fill in. */
const newId = () => '10000000-1000-4000-8000-100000000000'.replace(/[018]/g, c =>
  (c ^ crypto.getRandomValues(new Uint8Array(1))[0] & 15 >> c / 4).toString(16));

/* The page from which `sent` was sent: the same form, and, where another language was asked for, not yet in that. */
const origin = (keys, address, sent) => {
  const { pathname, searchParams } = new URL(address), lang = searchParams.get('lang');
  return keys.find(key => {
    const kept = new URL(key.url), same = kept.searchParams.get('lang') === lang;
    return kept.pathname === pathname && kept.searchParams.get('form') === sent.get('form') && same !== (sent.get('switch') === lang);
  });
};

/* As the server would show it again: with what was chosen and written, under the same id, and told that it failed. */
const escaped = text => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
const again = (page, sent) => page
  .replace(' data-fresh', '')
  .replace(/( id="failed"[^>]*) hidden/, '$1')
  .replace(/type="(?:radio|checkbox)" name="(\w+)" id="[^"]*" value="(\w+)"/g, (row, name, value) => row + (sent.getAll(name).includes(value) ? ' checked' : ''))
  .replace(/(<textarea[^>]* name="(\w+)"[^>]*>)/g, (row, start, name) => start + escaped(sent.get(name) || ''))
  .replace(/<details([^]*?<\/details>)/g, (part, rest) => / checked|<textarea[^>]*>[^<]/.test(rest) ? '<details open' + rest : part);

const stored = async (address, sent) => {
  const cache = await caches.open('sipas');
  const found = await cache.match(sent && origin(await cache.keys(), address, sent) || address) || await cache.match(address, { ignoreSearch: true });
  if (!found) return null;
  const page = (await found.text()).replace(/(name="response_id" value=")[^"]*/, '$1' + (sent && sent.get('response_id').replace(/[^\w-]/g, '') || newId()));
  const headers = new Headers(found.headers);
  headers.delete('Content-Encoding');
  headers.delete('Content-Length');
  return new Response(sent ? again(page, sent) : page, { headers });
};

const visit = async request => {
  const body = request.method === 'POST' ? request.clone().text() : null;
  let reply = Response.error();
  try {
    reply = await fetch(request);
    if (reply.status < 500) return reply;
  } catch (e) { /* no network */ }
  return await stored(request.url, body && new URLSearchParams(await body)) || reply;
};

self.addEventListener('fetch', event => {
  const { request } = event, { pathname, origin } = new URL(request.url);
  if (origin !== location.origin) return;
  if (request.mode === 'navigate' && FORMS.test(pathname)) event.respondWith(visit(request));
  else if (/^\/citizen-\w+\.js$/.test(pathname)) event.respondWith(script(request));
});

const script = async request => {
  const cache = await caches.open('sipas');
  const found = await cache.match(request);
  if (found) return found;
  const reply = await fetch(request);
  if (reply.ok) {
    const old = await cache.keys();
    for (const one of old.slice(0, Math.max(0, old.length - MOST))) await cache.delete(one);
    await cache.put(request, reply.clone());
  }
  return reply;
};

const open = () => new Promise((resolve, reject) => {
  const asked = indexedDB.open('sipas', 1);
  asked.onupgradeneeded = () => asked.result.createObjectStore('queue', { keyPath: 'id' });
  asked.onsuccess = () => resolve(asked.result);
  asked.onerror = () => reject(asked.error);
});
const done = request => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});
const send = async () => {
  const db = await open();
  try {
    for (const item of await done(db.transaction('queue').objectStore('queue').getAll())) {
      if (item.sent) continue; /* the page has yet to say so */
      const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
      const reply = await fetch(item.url, { method: 'POST', headers, body: item.body, credentials: 'omit' });
      if (reply.status >= 500 || reply.status === 429 || reply.status === 408) throw new Error(reply.status); /* the browser asks again later */
      const sent = await reply.text();
      if (!sent.includes('data-sent')) continue;
      const queue = db.transaction('queue', 'readwrite').objectStore('queue');
      if (await done(queue.get(item.id))) await done(queue.put(Object.assign(item, { sent, body: '' }))); /* else the page has sent it meanwhile */
    }
  } finally { db.close(); }
};
self.addEventListener('sync', event => { if (event.tag === 'send') event.waitUntil(send()); });
