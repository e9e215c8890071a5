// The kiosk: one card at a time, nothing left of the person before, and a queue for hours without a network.
// ES2017 at most. All words come from the page's templates; answers live in `form` until they are sent or deleted, and nowhere else.
(function () {
  "use strict";

  const IDLE = 40; // seconds without a touch until the question whether anybody is there
  const GRACE = 20; // seconds to answer it
  const THANKS = 10; // seconds until the next person's start screen
  const READING = 10; // seconds more where there is something to read: what the agency has done
  const PATIENCE = 6; // seconds that a person waits for the server at most
  const RETRY = 30; // seconds between attempts to send what waits
  const REFRESH = 600; // seconds until the start screen asks for newer questions
  const HERE = window.location.pathname;

  const kiosk = document.getElementById("kiosk");
  let screens = document.getElementById("screens");
  let language = kiosk.dataset.language;
  let screen = ""; // the name of the one that is shown
  let form = null; // {id, name, codes, at, ratings, began} of the person who is answering
  let touched = Date.now();
  let veil = null; // "are you still there?"
  let told = ""; // what the start screen says about what has just happened
  let refreshed = Date.now();
  let refused = 0;

  // --- screens ---

  function words(selector) {
    const chosen = screens.querySelector('template[data-language="' + language + '"]') || screens.querySelector("template");
    return chosen.content.querySelector(selector);
  }

  function copy(name) {
    const found = words('[data-screen="' + name + '"]');
    return found && found.cloneNode(true);
  }

  function show(name) {
    const shown = copy(name);
    if (!shown) {
      return null;
    }
    lift();
    screen = name;
    document.documentElement.lang = language;
    kiosk.textContent = "";
    kiosk.appendChild(shown);
    window.scrollTo(0, 0);
    return shown;
  }

  function focusHeading() {
    const heading = kiosk.querySelector("h1[tabindex]:not([hidden])");
    if (heading) {
      heading.focus();
    }
  }

  function put(selector, text) {
    const places = document.querySelectorAll(selector);
    for (let i = 0; i < places.length; i += 1) {
      places[i].textContent = text;
    }
  }

  function showStart(message) {
    form = null;
    language = kiosk.dataset.language;
    told = message || "";
    drawStart();
    if (Date.now() - refreshed > REFRESH * 1000) {
      refresh();
    }
    deliverAll();
  }

  function drawStart() {
    show("start");
    put("[data-told]", told && words('[data-say="' + told + '"]') ? words('[data-say="' + told + '"]').textContent : "");
    window.fullScreenButton(kiosk.querySelector('[data-do="full"]'));
    countWaiting();
  }

  function showCard() {
    const code = form.codes[form.at];
    const asked = words('[data-criterion="' + code + '"]');
    show("card").dataset.form = form.name;
    put("[data-asked]", asked.textContent);
    put("[data-dimension]", asked.dataset.dimension);
    put("[data-position]", form.at + 1);
    put("[data-total]", form.codes.length);
    kiosk.querySelector('[data-do="back"]').hidden = form.at === 0;
    if (code in form.ratings) {
      press(kiosk.querySelector('[data-rating="' + form.ratings[code] + '"]'));
    }
    focusHeading();
  }

  function press(button) {
    const all = kiosk.querySelectorAll("[data-rating]");
    for (let i = 0; i < all.length; i += 1) {
      all[i].setAttribute("aria-pressed", String(all[i] === button));
    }
  }

  function showForm() {
    if (form.at < form.codes.length) {
      showCard();
    } else {
      show("send");
      focusHeading();
    }
  }

  function showThanks(outcome) {
    show("thanks");
    const parts = kiosk.querySelectorAll("[data-if]");
    for (let i = 0; i < parts.length; i += 1) {
      parts[i].hidden = parts[i].dataset.if !== outcome;
    }
    put("[data-left]", thanked());
    touched = Date.now();
    focusHeading();
  }

  function thanked() {
    return THANKS + (kiosk.querySelector(".action") ? READING : 0);
  }

  // --- one person's form ---

  function random(limit) {
    // Every number below `limit` equally likely: what lies above the last whole multiple is drawn again.
    const top = Math.floor(4294967296 / limit) * limit;
    const drawn = new Uint32Array(1);
    do {
      window.crypto.getRandomValues(drawn);
    } while (drawn[0] >= top);
    return drawn[0] % limit;
  }

  function newId() {
    const bytes = window.crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = Array.from(bytes, function (byte) {
      return (byte + 256).toString(16).slice(1);
    }).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  }

  function begin() {
    const variants = screens.dataset.forms.split("|");
    const drawn = random(variants.length);
    const codes = variants[drawn].split(" ").concat(screens.dataset.general);
    form = { id: newId(), name: "short-" + drawn, codes: codes, at: 0, ratings: {}, began: 0 };
    told = "";
    holdBack();
    showForm();
  }

  function rate(button) {
    const answered = form;
    const at = form.at;
    form.ratings[form.codes[at]] = Number(button.dataset.rating);
    form.began = form.began || Date.now();
    press(button);
    setTimeout(function () {
      if (form === answered && form.at === at && screen === "card") {
        form.at += 1;
        showForm();
      }
    }, 250); // long enough to see what was chosen
  }

  function back() {
    if (form && form.at > 0) {
      form.at -= 1;
      showForm();
    }
  }

  function send() {
    const rated = Object.keys(form.ratings).some(function (code) {
      return form.ratings[code] > 0;
    });
    if (!rated) {
      kiosk.querySelector("[data-nothing]").hidden = false;
      return;
    }
    const record = { id: form.id, to: HERE + "/given?lang=" + language, day: today(), fields: fields() };
    form = null;
    show("sending");
    focusHeading();
    keep(record)
      .then(function () {
        return Promise.race([deliver(record, false), after(PATIENCE)]);
      })
      .then(showThanks);
  }

  function fields() {
    const sent = { response_id: form.id, form: form.name, wave: screens.dataset.wave, questionnaire: screens.dataset.questionnaire };
    sent.answering_time = took((Date.now() - form.began) / 1000);
    Object.keys(form.ratings).forEach(function (code) {
      sent[code] = form.ratings[code];
    });
    return encode(sent);
  }

  function took(seconds) {
    // From the first answer to sending, in the same four classes as the form (citizen.js); nothing finer leaves the tablet.
    return seconds < 15 ? "under_15s" : seconds < 60 ? "15s_to_60s" : seconds < 300 ? "1_to_5_min" : "over_5_min";
  }

  function encode(values) {
    return Object.keys(values)
      .map(function (name) {
        return encodeURIComponent(name) + "=" + encodeURIComponent(values[name]);
      })
      .join("&");
  }

  function today() {
    return new Date(Date.now() + 7 * 3600 * 1000).toISOString().slice(0, 10); // the calendar day in Vietnam
  }

  function after(seconds) {
    return new Promise(function (resolve) {
      setTimeout(resolve, seconds * 1000, "later");
    });
  }

  // --- the queue: what was given and has not reached the server yet, in the order of random ids ---

  const memory = new Map(); // where the browser refuses its database, until the page is closed
  let opened = null;

  function database() {
    opened =
      opened ||
      new Promise(function (resolve) {
        let asked;
        try {
          asked = window.indexedDB.open("kiosk", 1);
        } catch (error) {
          resolve(null);
          return;
        }
        asked.onupgradeneeded = function () {
          asked.result.createObjectStore("given", { keyPath: "id" });
        };
        asked.onsuccess = function () {
          resolve(asked.result);
        };
        asked.onerror = asked.onblocked = function () {
          resolve(null);
        };
      });
    return opened;
  }

  function inStore(mode, act) {
    return database().then(function (found) {
      return new Promise(function (resolve, reject) {
        const transaction = found.transaction("given", mode);
        const asked = act(transaction.objectStore("given"));
        transaction.oncomplete = function () {
          resolve(asked.result);
        };
        transaction.onerror = transaction.onabort = function () {
          reject(transaction.error);
        };
      });
    });
  }

  function keep(record) {
    return inStore("readwrite", function (store) {
      return store.put(record);
    }).catch(function () {
      memory.set(record.id, record);
    });
  }

  function forget(record) {
    memory.delete(record.id);
    return inStore("readwrite", function (store) {
      return store.delete(record.id);
    }).catch(function () {});
  }

  function waiting() {
    return inStore("readonly", function (store) {
      return store.getAll();
    })
      .catch(function () {
        return [];
      })
      .then(function (stored) {
        return stored.concat(Array.from(memory.values()));
      });
  }

  function deliver(record, late) {
    // The first attempt leaves the day to the server, whose clock is right; only what waited says when it was given.
    const body = late ? record.fields + "&day=" + record.day : record.fields;
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };
    return fetch(record.to, { method: "POST", body: body, headers: headers, credentials: "omit", cache: "no-store" })
      .then(function (answer) {
        return answer.status === 204 ? "sent" : answer.status === 409 || answer.status === 410 ? "refused" : "later";
      })
      .catch(function () {
        return "later";
      })
      .then(function (outcome) {
        if (outcome === "later") {
          return outcome;
        }
        refused += outcome === "refused" ? 1 : 0;
        return forget(record).then(function () {
          return outcome;
        });
      });
  }

  let delivering = false;

  async function deliverAll() {
    if (delivering) {
      return;
    }
    delivering = true;
    const records = await waiting();
    for (let i = 0; i < records.length; i += 1) {
      if ((await deliver(records[i], true)) === "later") {
        break;
      }
    }
    delivering = false;
    countWaiting();
  }

  async function countWaiting() {
    const count = (await waiting()).length;
    tell("[data-waiting]", count);
    tell("[data-refused]", refused);
  }

  function tell(selector, count) {
    const place = kiosk.querySelector(selector);
    if (place) {
      place.hidden = count === 0;
      place.querySelector("[data-count]").textContent = count;
    }
  }

  // --- time: nobody's half-done form waits for the next person ---

  function tick() {
    const quiet = (Date.now() - touched) / 1000;
    if (screen === "thanks") {
      put("[data-left]", Math.max(0, Math.ceil(thanked() - quiet)));
      if (quiet >= thanked()) {
        showStart();
      }
    } else if (form && quiet >= IDLE + GRACE) {
      showStart("discarded");
    } else if (form && quiet >= IDLE) {
      ask(Math.ceil(IDLE + GRACE - quiet));
    } else if (screen === "start" && Date.now() - refreshed > REFRESH * 1000) {
      refresh();
    }
  }

  function ask(left) {
    if (!veil) {
      veil = copy("away");
      kiosk.setAttribute("aria-hidden", "true");
      kiosk.inert = true; // where the browser knows it, the keyboard stays out too
      document.body.appendChild(veil);
      veil.querySelector('[data-do="stay"]').focus();
    }
    put("[data-left]", left);
  }

  function lift() {
    if (veil) {
      document.body.removeChild(veil);
      veil = null;
      kiosk.removeAttribute("aria-hidden");
      kiosk.inert = false;
    }
  }

  function touch() {
    if (!veil) {
      touched = Date.now();
    }
  }

  // --- Back: never to another person, never away from the kiosk ---

  function holdBack() {
    if (!window.history.state) {
      window.history.pushState("kiosk", "");
    }
  }

  window.addEventListener("popstate", function () {
    if (form && form.at > 0 && !veil) {
      back();
    } else if (form) {
      showStart("discarded");
    }
    holdBack();
  });

  // --- newer questions, without leaving the full screen ---

  async function refresh() {
    refreshed = Date.now();
    try {
      const answer = await fetch(HERE, { credentials: "omit", cache: "no-store" });
      if (answer.status === 404 || answer.status === 410) {
        window.location.reload();
        return;
      }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const newer = page.getElementById("screens");
      if (answer.ok && newer && !form && screen === "start") {
        screens.parentNode.replaceChild(document.importNode(newer, true), screens);
        screens = document.getElementById("screens");
        drawStart();
      }
    } catch (error) {
      return; // no network: the questions at hand are good until it is back
    }
  }

  function prepareForOffline() {
    if (!("serviceWorker" in navigator) || !window.caches) {
      return;
    }
    navigator.serviceWorker
      .register("/k/worker.js", { scope: "/k/" })
      .then(function () {
        return window.caches.open("kiosk");
      })
      .then(function (cache) {
        return cache.addAll([HERE, "/static/kiosk.css", "/static/kiosk.js", "/static/screen.js", "/static/kiosk-192.png"]);
      })
      .then(function () {
        document.documentElement.dataset.offline = "ready";
      })
      .catch(function () {}); // private window or no https: the page still works while it stays open
  }

  // --- start ---

  const actions = {
    begin: begin,
    rate: rate,
    back: back,
    send: send,
    next: function () {
      showStart();
    },
    leave: function () {
      showStart("discarded");
    },
    stay: function () {
      lift();
      touch();
      focusHeading();
    },
    language: function (button) {
      language = button.dataset.language;
      drawStart();
      focusHeading();
    },
  };

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-do]");
    touch();
    if (button && actions[button.dataset.do]) {
      actions[button.dataset.do](button);
    }
  });
  ["touchstart", "mousedown", "keydown", "scroll"].forEach(function (kind) {
    window.addEventListener(kind, touch, { passive: true });
  });
  window.addEventListener("online", deliverAll);
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) {
      showStart(); // from the browser's memory: whoever comes back finds the start
    }
  });
  window.addEventListener("pagehide", function () {
    if (form) {
      showStart();
    }
  });

  showStart();
  setInterval(tick, 1000);
  setInterval(deliverAll, RETRY * 1000);
  prepareForOffline();
})();
