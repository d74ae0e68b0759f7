"""Faults in what is said to the service, believed of it, and told of it."""

from tests.mutants.mutant import Mutant

_SECRECY, _FAULTS, _DIALECTS, _REPLIES, _LISTENER = (
    f"adapters/convertapi/test_{name}.py::" for name in ("secrecy", "faults", "dialects", "replies", "listener")
)
_ANSWERS = "core/test_answers.py::"

MUTANTS = (
    Mutant(
        "redirects-followed",
        "adapters/convertapi/http.py",
        (
            "        return self._session().request(\n            request.method,\n            request.url,\n"
            "            headers=dict(request.headers),\n            timeout=(CONNECT, read),\n"
            "            allow_redirects=False,"
        ),
        (
            "        return requests.Session().request(\n            request.method,\n            request.url,\n"
            "            headers=dict(request.headers),\n            timeout=(CONNECT, read),\n"
            "            allow_redirects=True,"
        ),
        "The service's address leads the daemon anywhere, and a submit may be posted twice.",
        ("adapters/convertapi/test_by_proxy.py::test_no_redirect_is_followed",),
    ),
    Mutant(
        "short-body-is-whole",
        "adapters/convertapi/lane.py",
        "        if self._raw.length:  # at the end",
        "        if False:  # at the end",
        "A result that broke off is taken for whole where the service told no size.",
        ("adapters/convertapi/test_kept.py::test_a_body_that_ends_early_is_no_body",),
    ),
    Mutant(
        "rest-of-a-reply-is-the-next-one",
        "adapters/convertapi/lane.py",
        "        if not self._raw.isclosed():\n            self._kept.drop(self._origin)\n",
        "        self._raw.read()\n",
        "A reply that nobody wants is read to its end, however long that takes.",
        (
            "adapters/convertapi/test_kept.py::test_a_reply_that_was_not_read_to_its_end_is_not_the_next_one_s_beginning",
        ),
    ),
    Mutant(
        "secret-told-to-everybody",
        "adapters/convertapi/http.py",
        "self._headers(ours=ours) |",
        "self._headers(ours=True) |",
        "The host of a result learns the secret.",
        (f"{_SECRECY}test_another_origin_is_not_told_the_secret",),
    ),
    Mutant(
        "results-from-anywhere",
        "adapters/convertapi/results.py",
        "    if not http.is_trusted(part.url):",
        "    if False:",
        "The service has the daemon fetch from inside the network.",
        (f"{_SECRECY}test_a_result_on_a_foreign_host_is_not_even_asked_for",),
    ),
    Mutant(
        "odd-addresses-trusted",
        "adapters/convertapi/http.py",
        "        if not _SOUND.fullmatch(url):\n            return False\n",
        "",
        "An address that two readers take apart differently leads elsewhere.",
        (f"{_SECRECY}test_a_result_elsewhere_is_refused",),
    ),
    Mutant(
        "results-deleted-anywhere",
        "adapters/convertapi/client.py",
        "        files = [part.url for part in job.parts if self._http.is_trusted(part.url)]",
        "        files = [part.url for part in job.parts]",
        "The service has the daemon send a DELETE to any host.",
        (f"{_SECRECY}test_a_foreign_result_is_not_deleted",),
    ),
    Mutant(
        "secret-quoted",
        "adapters/convertapi/replies.py",
        '        text = text.replace(key, "…")',
        "        text = text.replace(key, key)",
        "The secret stands in the log.",
        (f"{_SECRECY}test_no_answer_tells_what_opens_the_account_or_a_file",),
    ),
    Mutant(
        "ids-quoted",
        "adapters/convertapi/replies.py",
        '    return _ID.sub("…", text)',
        "    return text",
        "Whoever reads the log can fetch the file.",
        (f"{_SECRECY}test_no_answer_tells_what_opens_the_account_or_a_file",),
    ),
    Mutant(
        "library-repeats-requests",
        "adapters/convertapi/connections.py",
        "max_retries=0)",
        "max_retries=__import__('urllib3').Retry(2, allowed_methods=None, backoff_factor=0))",
        "The library sends a submit again on its own.",
        (f"{_FAULTS}test_a_request_that_was_sent_and_not_answered_is_a_doubt",),
    ),
    Mutant(
        "broken-submit-counts-as-not-sent",
        "adapters/convertapi/replies.py",
        "    if asked is Asked.SUBMIT and not _never_left(fault):",
        "    if False:",
        "A lost answer is followed by a second bill.",
        (f"{_FAULTS}test_a_request_that_was_sent_and_not_answered_is_a_doubt",),
    ),
    Mutant(
        "length-not-told-accepted",
        "adapters/convertapi/results.py",
        "    if part.size == UNKNOWN_SIZE and body_size(reply) == UNKNOWN_SIZE and not chunked:",
        "    if False:",
        "A result that was cut off passes for a whole one.",
        (f"{_FAULTS}test_a_result_that_is_not_whole_is_fetched_again",),
    ),
    Mutant(
        "told-length-ignored",
        "adapters/convertapi/replies.py",
        '    size = UNKNOWN_SIZE if file.get("FileSize") is None else file["FileSize"]',
        "    size = UNKNOWN_SIZE",
        "Nobody checks whether a result is as long as the service said.",
        (f"{_REPLIES}test_a_reply_is_known_by_its_shape",),
    ),
    Mutant(
        "compressed-results-accepted",
        "adapters/convertapi/results.py",
        '    if reply.headers.get("Content-Encoding", "identity") != "identity":',
        "    if False:",
        "A few bytes unpack to more than the disk holds.",
        (f"{_FAULTS}test_a_result_that_came_compressed_is_refused_even_if_it_could_be_read",),
    ),
    Mutant(
        "endless-answers-read",
        "adapters/convertapi/replies.py",
        "        if len(body) > _MOST_JSON:",
        "        if False:",
        "An answer without end fills the memory.",
        (f"{_REPLIES}test_a_huge_answer_is_not_read_to_its_end",),
    ),
    Mutant(
        "unknown-in-one-dialect-alone",
        "adapters/convertapi/client.py",
        "        for speech in self._dialects.likely():\n",
        "        for speech in self._dialects.likely()[:1]:\n",
        "A job that the other dialect knows is bought again.",
        (f"{_DIALECTS}test_only_a_no_in_both_dialects_is_unknown",),
    ),
    Mutant(
        "doubt-sent-in-the-other-dialect",
        "adapters/convertapi/client.py",
        "        if not _is_absent(answer):\n",
        "        if not _is_absent(answer) and not isinstance(answer, Unclear):\n",
        "A doubt is settled by a second bill.",
        (f"{_DIALECTS}test_a_doubt_is_never_sent_again_in_the_other_dialect",),
    ),
    Mutant(
        "source-cut-short-is-sent",
        "adapters/convertapi/results.py",
        "            raise SourceChangedError\n        self._left",
        '            block = b"\\0" * self._left\n        self._left',
        "Half a file is made whole with zeros and bought.",
        (f"{_FAULTS}test_a_source_that_becomes_shorter_is_not_sent_as_if_it_were_whole",),
    ),
    Mutant(
        "wrong-secret-is-the-files-fault",
        "core/answers.py",
        '    Rule(401, None, _F.HOLD_ACCOUNT, "credentials"),',
        '    Rule(401, None, _F.REFUSE, "credentials"),',
        "A changed password empties every inbox into the error folders.",
        (f"{_ANSWERS}test_the_account_is_held_whatever_was_asked",),
    ),
    Mutant(
        "empty-account-is-the-files-fault",
        "core/answers.py",
        '    Rule(401, 4014, _F.HOLD_ACCOUNT, "account_empty"),',
        '    Rule(401, 4014, _F.REFUSE, "account_empty"),',
        "An empty account empties every inbox into the error folders.",
        (
            f"{_ANSWERS}test_an_empty_account_is_told_apart_from_a_wrong_one",
            f"{_ANSWERS}test_the_contract_holds_row_by_row",
        ),
    ),
    Mutant(
        "proxy-page-is-a-verdict",
        "core/answers.py",
        "    if complaint.status in _PASSING or (complaint.code is None and complaint.status not in _BELIEVED):",
        "    if complaint.status in _PASSING:",
        "A proxy's error page sends files to the error folder.",
        (f"{_ANSWERS}test_a_page_of_a_proxy_is_no_verdict_on_a_file",),
    ),
    Mutant(
        "time-out-is-a-refusal",
        "core/answers.py",
        "complaint.code is not None and complaint.status not in _DOUBTFUL)",
        "complaint.code is not None)",
        "A submit that a gateway gave up on is sent again without a question.",
        (f"{_ANSWERS}test_a_time_out_leaves_it_open_whether_a_submit_was_accepted",),
    ),
    Mutant(
        "settings-are-the-files-fault",
        "core/answers.py",
        "    return _BAD_FILE if names and names <= _FILE_PARAMETERS else _BAD_SETTINGS",
        "    return _BAD_FILE",
        "A slip in the configuration empties the inbox into the error folder.",
        (f"{_ANSWERS}test_any_other_wrong_parameter_holds_the_route_and_empties_no_inbox",),
    ),
    Mutant(
        "missing-job-is-a-missing-conversion",
        "core/answers.py",
        "    if complaint.status in _GONE and asked in (Asked.POLL, Asked.FETCH):\n        return Unknown(by_page=complaint.is_page)\n",
        "",
        "A job that the service lost holds its whole route.",
        (f"{_ANSWERS}test_a_404_means_gone_where_something_was_there",),
    ),
    Mutant(
        "webhook-answers-everybody",
        "adapters/webhook.py",
        "            if not secrets.compare_digest(parts.path.encode(), listener.path.encode()):",
        "            if False:",
        "Anybody makes the daemon ask.",
        (f"{_LISTENER}test_whoever_does_not_know_the_path_is_not_heard",),
    ),
    Mutant(
        "webhook-believes-any-id",
        "adapters/webhook.py",
        '        return named if named.isalnum() and len(named) == 32 else ""',
        "        return named",
        "Whatever a caller sends is looked for in the journal.",
        (f"{_LISTENER}test_what_names_no_job_is_refused",),
    ),
    Mutant(
        "webhook-reads-any-length",
        "adapters/webhook.py",
        "    return stream.read(length) if 0 <= length <= _MOST_BODY else None",
        "    return stream.read(min(length, 10)) if 0 <= length else None",
        "A caller fills the memory.",
        (f"{_LISTENER}test_a_body_that_is_too_large_or_of_no_length_is_not_read",),
    ),
    Mutant(
        "service-chooses-the-users-name",
        "core/naming.py",
        '    return f"document.{source}" if _SAFE_ENDING.fullmatch(source) else "document.bin"',
        '    return f"document.{source}"',
        "What a person calls a file reaches the service's headers.",
        ("core/test_naming.py::test_the_service_never_sees_the_users_name",),
    ),
)
