/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/files.h"
#include "store/internal.h"

struct scan {
  struct hc_store *store;
  const char *name;
  int descriptor;
  uint32_t shard;
  uint64_t size;
  char *block; /* for checksums of what is long */
};
enum { BLOCK = 1 << 20, MOST_SETUP = 64 << 20 };

static hc_status read_exactly(const struct scan *scan, uint64_t offset, void *bytes, size_t length,
                              bool *whole, struct hc_error *error) {
  size_t got;
  const int code = hc_read_at(scan->descriptor, offset, bytes, length, &got);
  *whole = got == length;
  return code ? hc_fail_errno(error, code, scan->name, "read it") : HC_OK;
}

static hc_status check_range(const struct scan *scan, uint64_t offset, uint64_t length,
                             uint32_t expected, bool *valid, struct hc_error *error) {
  uint32_t check = 0;
  *valid = true;
  while (length > 0 && *valid) {
    const size_t part = length < BLOCK ? (size_t)length : BLOCK;
    const hc_status status = read_exactly(scan, offset, scan->block, part, valid, error);
    if (status) return status;
    check = hc_check(check, scan->block, part);
    offset += part;
    length -= part;
  }
  *valid = *valid && check == expected;
  return HC_OK;
}

static hc_status check_payload(const struct scan *scan, const struct hc_record_head *head,
                               uint64_t offset, bool *valid, struct hc_error *error) {
  const uint64_t data = head->stats + head->outcomes + head->lp_class;
  hc_status status = check_range(scan, offset, data, head->data_check, valid, error);
  if (!status && *valid)
    status = check_range(scan, offset + data, head->timeline, head->timeline_check, valid, error);
  return status;
}

static bool wanted(const struct scan *scan, const struct hc_record_head *head) {
  return head->count == hc_granule_paths(head->granule, scan->store->wanted) &&
         !hc_index_has(scan->store, head->granule);
}

/* Stops at the first head that is not whole; skips records with a damaged payload. */
static hc_status read_records(const struct scan *scan, uint64_t offset, struct hc_error *error) {
  for (;;) {
    struct hc_record_head head;
    bool valid;
    hc_status status = read_exactly(scan, offset, &head, sizeof head, &valid, error);
    if (status || !valid || !hc_record_plausible(&head, &scan->store->shape)) return status;
    const uint64_t length = hc_record_length(&head);
    if (length > scan->size - offset) return HC_OK;
    if (wanted(scan, &head)) {
      status = check_payload(scan, &head, offset + sizeof head, &valid, error);
      const struct hc_entry entry = {scan->shard, head.count, offset};
      if (!status && valid) status = hc_index_add(scan->store, head.granule, entry, error);
      if (status) return status;
    }
    offset += length;
  }
}

static hc_status compare_setup(const struct scan *scan, const char *theirs,
                               struct hc_error *error) {
  const struct hc_store *store = scan->store;
  char *advice = hc_format("resume with what they were made with, or remove %s", store->directory);
  if (!advice) return hc_fail(error, HC_NO_MEMORY, "%s: out of memory", scan->name);
  const hc_status status =
    hc_setup_compare(store->setup, theirs, store->directory, advice, error);
  free(advice);
  return status;
}

/* A header that is not whole makes the file empty: nothing before it was kept. */
static hc_status read_setup(const struct scan *scan, const struct hc_shard_head *head, char *text,
                            struct hc_error *error) {
  bool whole;
  hc_status status = read_exactly(scan, sizeof *head, text, head->length, &whole, error);
  if (status || !whole || hc_check(0, text, head->length) != head->check) return status;
  text[head->length] = '\0';
  status = compare_setup(scan, text, error);
  return status ? status : read_records(scan, sizeof *head + head->length, error);
}

static hc_status read_shard(const struct scan *scan, struct hc_error *error) {
  const struct hc_shard_head ours = hc_shard_head_of("");
  struct hc_shard_head head;
  bool whole;
  hc_status status = read_exactly(scan, 0, &head, sizeof head, &whole, error);
  if (status || !whole) return status;
  if (memcmp(head.magic, ours.magic, sizeof head.magic) != 0 || head.length > MOST_SETUP)
    return HC_OK;
  char *text = malloc((size_t)head.length + 1);
  if (!text) return hc_fail(error, HC_NO_MEMORY, "%s: out of memory", scan->name);
  status = read_setup(scan, &head, text, error);
  free(text);
  return status;
}

static hc_status visit(struct hc_store *store, const char *name, struct hc_error *error) {
  struct scan scan = {.store = store, .name = name};
  scan.descriptor = open(name, O_RDONLY | O_CLOEXEC);
  if (scan.descriptor < 0) return hc_fail_errno(error, errno, name, "open it");
  hc_status status = hc_index_shard(store, name, scan.descriptor, &scan.shard, error);
  if (status) return status;
  struct stat about;
  if (fstat(scan.descriptor, &about) != 0) return hc_fail_errno(error, errno, name, "read it");
  scan.size = (uint64_t)about.st_size;
  scan.block = malloc(BLOCK);
  if (!scan.block) return hc_fail(error, HC_NO_MEMORY, "%s: out of memory", name);
  status = read_shard(&scan, error);
  free(scan.block);
  return status;
}

hc_status hc_scan(struct hc_store *store, struct hc_error *error) {
  return hc_directory_each(store, visit, error);
}
