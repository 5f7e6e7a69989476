// Writes lengths of time as the server does, with the words that it sends.

function filled(template, values) {
  return template.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

// What is left until a send may begin: the same as ahead.countdown writes.
function due(now, isDue, isOver, words) {
  if (isOver) return words.over;
  return isDue ? words.soon : span(now, words);
}

function span(seconds, words) {
  const s = Math.floor(seconds);
  if (s < 60) return filled(words.seconds, { n: s });
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return filled(words.minutes, { m: minutes, s: String(s % 60).padStart(2, "0") });
  return filled(words.hours, { h: Math.floor(minutes / 60), m: minutes % 60 });
}

// The same as say.span writes.
function lengthText(length, words) {
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
