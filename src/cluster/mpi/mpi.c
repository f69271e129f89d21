/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The module that connects processes by MPI. Waiting is done by looking now and then: the library's own
 * waits would use a processor. */
#include <mpi.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cluster/cluster.h"

enum { TAG_ASK = 1, TAG_ANSWER, TAG_BLOCK };
enum { ASK_NEXT, ASK_STOP, ASK_END };
static const int most_message = 1 << 30;

struct world {
  int rank, size;
  MPI_Comm work, ask; /* collectives; questions to rank 0 */
  bool shared, serving;
  pthread_t server; /* of rank 0: answers questions while others compute */
  pthread_mutex_t mutex;
  uint64_t at, total;
  bool stopped;
};

static void nap(void) {
  const struct timespec time = {0, 500000};
  (void)nanosleep(&time, NULL);
}

static void wait_for(MPI_Request *request) {
  int done = 0;
  while (MPI_Test(request, &done, MPI_STATUS_IGNORE) == MPI_SUCCESS && !done) nap();
}

static hc_status agree(void *self, hc_status status) {
  struct world *world = self;
  MPI_Request request;
  int ours = (int)status, gravest = (int)status;
  if (MPI_Iallreduce(&ours, &gravest, 1, MPI_INT, MPI_MAX, world->work, &request) != MPI_SUCCESS)
    return HC_IO;
  wait_for(&request);
  return (hc_status)gravest;
}

/* ---- handing out ------------------------------------------------------------------------- */

/* An eighth of what everybody would get of the rest: few questions, and nobody is late at the end. */
static void take(struct world *world, uint64_t range[2]) {
  (void)pthread_mutex_lock(&world->mutex);
  const uint64_t left = world->stopped ? 0 : world->total - world->at;
  uint64_t size = left / (8 * (uint64_t)world->size);
  if (size == 0) size = left ? 1 : 0;
  range[0] = world->at;
  range[1] = world->at += size;
  (void)pthread_mutex_unlock(&world->mutex);
}

static void stop_all(struct world *world) {
  (void)pthread_mutex_lock(&world->mutex);
  world->stopped = true;
  (void)pthread_mutex_unlock(&world->mutex);
}

/* Until all others have said that they are at the end. */
static void *serve(void *self) {
  struct world *world = self;
  for (int ended = 0; ended < world->size - 1;) {
    int there = 0, question = 0;
    MPI_Status from;
    if (MPI_Iprobe(MPI_ANY_SOURCE, TAG_ASK, world->ask, &there, &from) != MPI_SUCCESS) break;
    if (!there) {
      nap();
      continue;
    }
    (void)MPI_Recv(&question, 1, MPI_INT, from.MPI_SOURCE, TAG_ASK, world->ask, MPI_STATUS_IGNORE);
    if (question == ASK_STOP) stop_all(world);
    if (question == ASK_END) ended++;
    if (question != ASK_NEXT) continue;
    uint64_t range[2];
    take(world, range);
    (void)MPI_Send(range, 2, MPI_UINT64_T, from.MPI_SOURCE, TAG_ANSWER, world->ask);
  }
  return NULL;
}

static void share(void *self, uint64_t total) {
  struct world *world = self;
  world->at = 0;
  world->total = total;
  world->stopped = false;
  world->shared = true;
  if (world->rank == 0) world->serving = pthread_create(&world->server, NULL, serve, world) == 0;
}

static void ask(struct world *world, int question) {
  MPI_Request request;
  if (MPI_Isend(&question, 1, MPI_INT, 0, TAG_ASK, world->ask, &request) == MPI_SUCCESS) wait_for(&request);
}

static bool next(void *self, uint64_t *first, uint64_t *last) {
  struct world *world = self;
  uint64_t range[2] = {0, 0};
  if (world->rank == 0) take(world, range);
  else {
    MPI_Request request;
    ask(world, ASK_NEXT);
    if (MPI_Irecv(range, 2, MPI_UINT64_T, 0, TAG_ANSWER, world->ask, &request) == MPI_SUCCESS)
      wait_for(&request);
  }
  *first = range[0];
  *last = range[1];
  return range[1] > range[0];
}

static void stop(void *self) {
  struct world *world = self;
  if (world->rank == 0) stop_all(world);
  else ask(world, ASK_STOP);
}

static void end_sharing(struct world *world) {
  if (!world->shared) return;
  if (world->rank > 0) ask(world, ASK_END);
  else if (world->serving) (void)pthread_join(world->server, NULL);
  world->shared = world->serving = false;
}

/* ---- gathering --------------------------------------------------------------------------- */

static hc_status move(struct world *world, char *at, size_t bytes, int owner) {
  MPI_Request request;
  for (size_t done = 0; done < bytes;) {
    const int part = bytes - done < (size_t)most_message ? (int)(bytes - done) : most_message;
    const int code = world->rank
                       ? MPI_Isend(at + done, part, MPI_BYTE, 0, TAG_BLOCK, world->work, &request)
                       : MPI_Irecv(at + done, part, MPI_BYTE, owner, TAG_BLOCK, world->work, &request);
    if (code != MPI_SUCCESS) return HC_IO;
    wait_for(&request);
    done += (size_t)part;
  }
  return HC_OK;
}

static hc_status gather(void *self, void *data, size_t block, size_t bytes) {
  struct world *world = self;
  hc_status status = HC_OK;
  for (size_t at = 0, number = 0; at < bytes && status == HC_OK; at += block, number++) {
    const int owner = (int)(number % (size_t)world->size);
    if (owner == 0 || (world->rank != 0 && world->rank != owner)) continue;
    status = move(world, (char *)data + at, bytes - at < block ? bytes - at : block, owner);
  }
  return status;
}

/* ---- beginning and end ------------------------------------------------------------------- */

static void close_world(void *self, bool failed) {
  struct world *world = self;
  if (failed) (void)MPI_Abort(MPI_COMM_WORLD, 1);
  end_sharing(world);
  (void)agree(world, HC_OK); /* the ends of processes are a wait too */
  (void)MPI_Comm_free(&world->ask);
  (void)MPI_Comm_free(&world->work);
  (void)MPI_Finalize();
  (void)pthread_mutex_destroy(&world->mutex);
  free(world);
}

static hc_status open_world(struct world *world) {
  int provided = MPI_THREAD_SINGLE;
  if (MPI_Init_thread(NULL, NULL, MPI_THREAD_MULTIPLE, &provided) != MPI_SUCCESS) return HC_IO;
  if (provided < MPI_THREAD_MULTIPLE) return HC_MISMATCH;
  if (MPI_Comm_dup(MPI_COMM_WORLD, &world->work) != MPI_SUCCESS ||
      MPI_Comm_dup(MPI_COMM_WORLD, &world->ask) != MPI_SUCCESS)
    return HC_IO;
  (void)MPI_Comm_rank(MPI_COMM_WORLD, &world->rank);
  (void)MPI_Comm_size(MPI_COMM_WORLD, &world->size);
  return pthread_mutex_init(&world->mutex, NULL) == 0 ? HC_OK : HC_NO_MEMORY;
}

/* The module needs nothing of the program. */
static hc_status fail(struct hc_error *error, hc_status status, const char *message) {
  error->status = status;
  (void)snprintf(error->message, sizeof error->message, "%s", message);
  return status;
}

HC_API hc_status hc_cluster_mpi(struct hc_cluster *cluster, struct hc_error *error);
hc_status hc_cluster_mpi(struct hc_cluster *cluster, struct hc_error *error) {
  struct world *world = calloc(1, sizeof *world);
  if (!world) return fail(error, HC_NO_MEMORY, "out of memory");
  const hc_status status = open_world(world);
  if (status == HC_OK) {
    *cluster =
      (struct hc_cluster){world->rank, world->size, world, agree, share, next, stop, gather, close_world};
    return HC_OK;
  }
  free(world);
  if (status != HC_MISMATCH) return fail(error, status, "MPI does not start");
  return fail(error, HC_IO,
              "MPI does not start: it allows calls from one thread alone; Open MPI allows more");
}
