/* The bearer token that the program may give later: asked for once, waited for by many. */
#ifndef GIA_TOKEN_H
#define GIA_TOKEN_H

#include <gia/client.h>

#include "core/list.h"

/* Somebody who waits for a token. */
typedef struct gia__token_wait_s gia__token_wait_t;
struct gia__token_wait_s {
    gia__list_t link;
    /* There is one (GIA_OK), or there will be none (GIA_ETOKEN). Must only take notes. */
    void (*on_token)(gia__token_wait_t *wait, int code);
};

typedef struct gia__token_s {
    gia_token_cb get; /* NULL: the credential is as the config gave it */
    void *data;
    int refused;         /* the service does not accept what we have */
    int asking;          /* the program has been asked and has not answered */
    unsigned generation; /* counts the tokens that the program gave */
    gia__list_t waiting;
} gia__token_t;

void gia__token_init(gia__token_t *token, gia_token_cb get, void *data);
void gia__token_wait_init(gia__token_wait_t *wait,
                          void (*on_token)(gia__token_wait_t *wait, int code));

/* Whether there is a credential to send. */
int gia__token_is_there(const gia_client_t *client);

/* Waits in line, and asks the program unless it has been asked. May call the program: only from the
 * pump. */
void gia__token_wait(gia_client_t *client, gia__token_wait_t *wait);

/* Waits no longer; fine for who does not wait. */
void gia__token_leave(gia__token_wait_t *wait);

/* The service refused the token of this generation. 1: another may help, so it is worth to wait. */
int gia__token_refuse(gia_client_t *client, unsigned generation);

#endif
