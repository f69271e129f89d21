/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/read.h"

#include <stdarg.h>
#include <string.h>
#include <yaml.h>

#include "config/path.h"

/* Far beyond what is written by hand; a hostile text meets them before the stack or the
 * memory ends. Copies made for aliases count. */
enum { MOST_DEPTH = 48, MOST_NODES = 100000, MOST_KEYS = 5000, MOST_KEY_LENGTH = 200 };

struct anchor {
  const char *name;
  const struct hc_node *node;
};

struct reader {
  struct hc_config *config;
  struct hc_diagnostics *diagnostics;
  int input;
  const char *bytes;
  size_t length;
  yaml_parser_t parser;
  struct hc_text path;
  struct anchor *anchors;
  size_t anchor_count, anchor_capacity;
  size_t nodes;
  bool failed;
};

static bool has_lines(const struct reader *reader) {
  return reader->input >= 0 && !reader->config->inputs[reader->input].is_setting;
}

static struct hc_place place_of(const struct reader *reader, yaml_mark_t mark) {
  struct hc_place place = {.input = reader->input};
  if (!has_lines(reader)) return place;
  place.line = (int)mark.line + 1;
  place.column = (int)mark.column + 1;
  return place;
}

static void HC_PRINTF(3, 4)
  complain(struct reader *reader, yaml_mark_t mark, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  hc_config_vreport(reader->config, reader->diagnostics, false, place_of(reader, mark),
                    hc_path_text(&reader->path), format, arguments);
  va_end(arguments);
  reader->failed = true;
}

static struct hc_node *out_of_memory(struct reader *reader) {
  reader->config->arena.failed = true;
  reader->failed = true;
  return NULL;
}

/* The reader of libyaml gives an offset in bytes only. */
static yaml_mark_t mark_at(const struct reader *reader, size_t offset) {
  yaml_mark_t mark = {.index = offset};
  for (size_t i = 0; i < offset && i < reader->length; ++i) {
    const unsigned char c = (unsigned char)reader->bytes[i];
    if (c == '\n') {
      mark.line += 1;
      mark.column = 0;
    } else if ((c & 0xc0) != 0x80) {
      mark.column += 1;
    }
  }
  return mark;
}

static void complain_syntax(struct reader *reader) {
  const yaml_parser_t *parser = &reader->parser;
  const char *problem = parser->problem ? parser->problem : "malformed";
  hc_path_pop(&reader->path, 0);
  if (parser->error == YAML_MEMORY_ERROR) {
    (void)out_of_memory(reader);
  } else if (parser->error == YAML_READER_ERROR) {
    complain(reader, mark_at(reader, parser->problem_offset), "%s; the text must be UTF-8",
             problem);
  } else if (parser->context && has_lines(reader) &&
             parser->context_mark.line != parser->problem_mark.line) {
    complain(reader, parser->problem_mark, "not valid YAML: %s (%s that starts in line %d)",
             problem, parser->context, (int)parser->context_mark.line + 1);
  } else {
    complain(reader, parser->problem_mark, "not valid YAML: %s", problem);
  }
}

/* The next event; false (and an error) if there is none. */
static bool next(struct reader *reader, yaml_event_t *event) {
  if (!reader->failed && yaml_parser_parse(&reader->parser, event)) return true;
  if (!reader->failed) complain_syntax(reader);
  memset(event, 0, sizeof *event);
  return false;
}

static bool remember(struct reader *reader, const yaml_char_t *name,
                     const struct hc_node *node) {
  struct hc_arena *arena = &reader->config->arena;
  if (!name || !node) return node != NULL;
  struct anchor *anchors = hc_arena_grow(arena, reader->anchors, reader->anchor_count,
                                         &reader->anchor_capacity, sizeof *anchors);
  char *copy = hc_arena_string(arena, (const char *)name);
  if (!anchors || !copy) return out_of_memory(reader) != NULL;
  reader->anchors = anchors;
  anchors[reader->anchor_count++] = (struct anchor){copy, node};
  return true;
}

static bool count_nodes(struct reader *reader, yaml_mark_t mark, size_t more) {
  reader->nodes += more;
  if (reader->nodes <= MOST_NODES) return true;
  complain(reader, mark, "more than %d values", MOST_NODES);
  return false;
}

/* A copy, so that merging into one place does not change the others. */
static struct hc_node *read_alias(struct reader *reader, const yaml_event_t *event) {
  const char *name = (const char *)event->data.alias.anchor;
  for (size_t i = reader->anchor_count; i-- > 0;) {
    if (strcmp(reader->anchors[i].name, name) != 0) continue;
    const struct hc_node *node = reader->anchors[i].node;
    if (!count_nodes(reader, event->start_mark, hc_node_size(node))) return NULL;
    struct hc_node *copy = hc_node_copy(&reader->config->arena, node);
    return copy ? copy : out_of_memory(reader);
  }
  complain(reader, event->start_mark, "no anchor &%.60s ends before the alias *%.60s", name, name);
  return NULL;
}

static struct hc_node *read_scalar(struct reader *reader, const yaml_event_t *event) {
  const char *text = (const char *)event->data.scalar.value;
  struct hc_node *node = hc_node_new(&reader->config->arena, HC_NODE_SCALAR,
                                     place_of(reader, event->start_mark));
  if (!node) return out_of_memory(reader);
  if (strlen(text) != event->data.scalar.length) {
    complain(reader, event->start_mark, "a text must not contain a zero byte");
    return NULL;
  }
  node->text = hc_arena_string(&reader->config->arena, text);
  node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
  if (!node->text) return out_of_memory(reader);
  return remember(reader, event->data.scalar.anchor, node) ? node : NULL;
}

static struct hc_node *read_node(struct reader *reader, const yaml_event_t *event, int depth);

static struct hc_node *read_sequence(struct reader *reader, const yaml_event_t *start, int depth) {
  struct hc_arena *arena = &reader->config->arena;
  struct hc_node *node = hc_node_new(arena, HC_NODE_SEQUENCE, place_of(reader, start->start_mark));
  if (!node) return out_of_memory(reader);
  yaml_event_t event;
  while (next(reader, &event)) {
    if (event.type == YAML_SEQUENCE_END_EVENT) {
      yaml_event_delete(&event);
      return remember(reader, start->data.sequence_start.anchor, node) ? node : NULL;
    }
    const size_t length = hc_path_push_index(&reader->path, node->count);
    struct hc_entry entry = {.place = place_of(reader, event.start_mark)};
    entry.value = read_node(reader, &event, depth + 1);
    hc_path_pop(&reader->path, length);
    yaml_event_delete(&event);
    if (!entry.value) return NULL;
    if (!hc_node_add(arena, node, entry)) return out_of_memory(reader);
  }
  return NULL;
}

/* The key of an event, copied; NULL with an error if it cannot be one. */
static const char *read_key(struct reader *reader, const yaml_event_t *event) {
  const char *key = (const char *)event->data.scalar.value;
  if (event->type != YAML_SCALAR_EVENT) {
    complain(reader, event->start_mark, "a key must be plain text");
    return NULL;
  }
  const size_t length = strlen(key);
  if (length != event->data.scalar.length || length == 0 || length > MOST_KEY_LENGTH) {
    complain(reader, event->start_mark, "a key must have 1 to %d letters", MOST_KEY_LENGTH);
    return NULL;
  }
  if (strcmp(key, "<<") == 0 && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE) {
    complain(reader, event->start_mark, "merge keys (<<) are not supported; write the keys out");
    return NULL;
  }
  const char *copy = hc_arena_string(&reader->config->arena, key);
  if (!copy) (void)out_of_memory(reader);
  return copy;
}

/* Adds an entry unless its key is there already. */
static bool add_entry(struct reader *reader, struct hc_node *node, yaml_mark_t mark,
                      struct hc_entry entry) {
  const struct hc_entry *same = hc_node_find(node, entry.key);
  if (same) {
    const size_t length = hc_path_push(&reader->path, entry.key);
    if (has_lines(reader))
      complain(reader, mark, "the key is written twice, first in line %d", same->place.line);
    else complain(reader, mark, "the key is written twice");
    reader->failed = false; /* go on and find the other errors, too */
    hc_path_pop(&reader->path, length);
    return true;
  }
  if (node->count >= MOST_KEYS) {
    complain(reader, mark, "more than %d keys", MOST_KEYS);
    return false;
  }
  return hc_node_add(&reader->config->arena, node, entry) || out_of_memory(reader) != NULL;
}

/* The entry of `key_event`; false when reading cannot go on. */
static bool read_entry(struct reader *reader, struct hc_node *node, const yaml_event_t *key_event,
                       int depth) {
  struct hc_entry entry = {.place = place_of(reader, key_event->start_mark)};
  entry.key = read_key(reader, key_event);
  yaml_event_t event;
  if (!entry.key || !next(reader, &event)) return false;
  const size_t length = hc_path_push(&reader->path, entry.key);
  entry.value = read_node(reader, &event, depth + 1);
  hc_path_pop(&reader->path, length);
  yaml_event_delete(&event);
  return entry.value && add_entry(reader, node, key_event->start_mark, entry);
}

static struct hc_node *read_mapping(struct reader *reader, const yaml_event_t *start, int depth) {
  struct hc_node *node = hc_node_new(&reader->config->arena, HC_NODE_MAPPING,
                                     place_of(reader, start->start_mark));
  if (!node) return out_of_memory(reader);
  yaml_event_t event;
  while (next(reader, &event)) {
    const bool end = event.type == YAML_MAPPING_END_EVENT;
    const bool good = end || read_entry(reader, node, &event, depth);
    yaml_event_delete(&event);
    if (!good) return NULL;
    if (end) return remember(reader, start->data.mapping_start.anchor, node) ? node : NULL;
  }
  return NULL;
}

static struct hc_node *read_node(struct reader *reader, const yaml_event_t *event, int depth) {
  if (!count_nodes(reader, event->start_mark, 1)) return NULL;
  if (depth > MOST_DEPTH) {
    complain(reader, event->start_mark, "nested more than %d deep", MOST_DEPTH);
    return NULL;
  }
  switch ((int)event->type) {
    case YAML_ALIAS_EVENT: return read_alias(reader, event);
    case YAML_SCALAR_EVENT: return read_scalar(reader, event);
    case YAML_SEQUENCE_START_EVENT: return read_sequence(reader, event, depth);
    default: return read_mapping(reader, event, depth);
  }
}

/* After the first document only the end of the stream may follow. */
static void read_end(struct reader *reader) {
  yaml_event_t event;
  bool end = false;
  while (!end && next(reader, &event)) {
    end = event.type == YAML_STREAM_END_EVENT;
    if (event.type == YAML_DOCUMENT_START_EVENT) {
      complain(reader, event.start_mark, "a second YAML document; only one is allowed");
      end = true;
    }
    yaml_event_delete(&event);
  }
}

static struct hc_node *read_stream(struct reader *reader) {
  yaml_event_t event;
  while (next(reader, &event)) {
    const yaml_event_type_t type = event.type;
    const bool outside = type == YAML_STREAM_START_EVENT || type == YAML_DOCUMENT_START_EVENT;
    if (outside || type == YAML_STREAM_END_EVENT) {
      yaml_event_delete(&event);
      if (outside) continue;
      return NULL; /* nothing in it */
    }
    struct hc_node *node = read_node(reader, &event, 0);
    yaml_event_delete(&event);
    if (node) read_end(reader);
    return node;
  }
  return NULL;
}

struct hc_node *hc_read_yaml(struct hc_config *config, struct hc_diagnostics *diagnostics,
                             int input, const char *path, const char *text, size_t length,
                             bool *failed) {
  struct reader reader = {.config = config,
                          .diagnostics = diagnostics,
                          .input = input,
                          .bytes = text,
                          .length = length};
  *failed = true;
  if (!yaml_parser_initialize(&reader.parser)) return out_of_memory(&reader);
  yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, length);
  if (*path) (void)hc_path_push(&reader.path, path);
  struct hc_node *node = read_stream(&reader);
  if (reader.path.failed) (void)out_of_memory(&reader);
  yaml_parser_delete(&reader.parser);
  hc_text_free(&reader.path);
  *failed = reader.failed;
  return reader.failed ? NULL : node;
}

struct hc_node *hc_read_default(struct hc_config *config, struct hc_diagnostics *diagnostics,
                                const struct hc_field *field, const char *path) {
  bool failed;
  const char *text = field->default_text;
  if (!text || !*text) return NULL;
  return hc_read_yaml(config, diagnostics, -1, path, text, strlen(text), &failed);
}
