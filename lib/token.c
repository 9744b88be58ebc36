/* The bearer token that the program may give later. */
#include "token.h"

#include "client.h"

void gia__token_init(gia__token_t *token, gia_token_cb get, void *data)
{
    token->get = get;
    token->data = data;
    gia__list_init(&token->waiting);
}

void gia__token_wait_init(gia__token_wait_t *wait,
                          void (*on_token)(gia__token_wait_t *wait, int code))
{
    gia__list_init(&wait->link);
    wait->on_token = on_token;
}

int gia__token_is_there(const gia_client_t *client)
{
    return client->settings.credential && !client->token.refused;
}

void gia__token_wait(gia_client_t *client, gia__token_wait_t *wait)
{
    gia__token_t *token = &client->token;

    gia__list_append(&token->waiting, &wait->link);
    if (token->asking)
        return;
    token->asking = 1;
    token->get(client, token->refused ? client->settings.credential : NULL, token->data);
}

void gia__token_leave(gia__token_wait_t *wait)
{
    gia__list_remove(&wait->link);
}

int gia__token_refuse(gia_client_t *client, unsigned generation)
{
    gia__token_t *token = &client->token;

    if (!token->get)
        return 0;
    if (generation == token->generation)
        token->refused = 1;
    return 1;
}

int gia_client_set_bearer_token(gia_client_t *client, const char *value)
{
    gia__token_t *token;
    gia__list_t turn;
    int rc;

    if (!client || (!value && !client->token.get))
        return GIA_EINVAL;
    token = &client->token;
    rc = gia__settings_set_bearer_token(&client->settings, &client->mem, value);
    if (rc != GIA_OK)
        return rc;
    token->asking = 0;
    token->refused = 0;
    token->generation += value != NULL;
    gia__list_take(&turn, &token->waiting);
    while (!gia__list_empty(&turn)) {
        gia__token_wait_t *wait = GIA__LIST_OBJECT(turn.next, gia__token_wait_t, link);
        gia__list_remove(&wait->link);
        wait->on_token(wait, value ? GIA_OK : GIA_ETOKEN);
    }
    return GIA_OK;
}
