"""Checks a webhook by the reference library for Python. Reads {"secret", "headers", "body"} from standard input."""

import json
import sys

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

message = json.load(sys.stdin)
try:
    Webhook(message["secret"]).verify(message["body"], message["headers"])
except WebhookVerificationError as refused:
    sys.exit(f"refused: {refused}")
