// Writes lengths of time with words from the server.

function filled(template, values) {
  return template.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

// Returns the time left as text, like countdown.py. Call this only for less than a day.
function timeLeftText(seconds, isDue, isOver, words) {
  if (isOver) return words.over;
  if (isDue) return words.soon;
  const s = Math.floor(seconds);
  if (s < 60) return filled(words.seconds, { n: s });
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return filled(words.minutes, { m: minutes, s: String(s % 60).padStart(2, "0") });
  return filled(words.hours, { h: Math.floor(minutes / 60), m: minutes % 60 });
}

// Returns a length of time as text, like `i18n.span`.
function durationText(length, words) {
  const seconds = Math.max(0, Math.floor(length));
  if (seconds < 60) return filled(words.seconds, { n: seconds });
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return filled(words.minutes, { n: minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 6) return filled(words.hours_minutes, { h: hours, m: minutes % 60 });
  if (hours < 24) return filled(words.hours, { n: hours });
  const days = Math.floor(hours / 24);
  return filled(days === 1 ? words.day : words.days, { n: days });
}
