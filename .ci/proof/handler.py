"""The same function as `function/src/main.rs`, for the Python runtime client."""

import os
import time


class CardMissing(Exception):
    pass


def handle(event, context):
    action = event.get("do") if isinstance(event, dict) else None
    if action == "fail":
        raise CardMissing("no card is called that")
    if action == "exit":
        os._exit(3)
    if action == "sleep":
        time.sleep(event["milliseconds"] / 1000)
        return "awake"
    if action == "context":
        return {
            "has_request_id": bool(context.aws_request_id),
            "has_deadline": context.get_remaining_time_in_millis() > 0,
            "arn_parts": len(context.invoked_function_arn.split(":")),
        }
    return event
