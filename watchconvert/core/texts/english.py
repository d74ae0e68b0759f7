"""What a person at the share reads, in English."""

from watchconvert.core.texts.language import Language

_ASK = " Nothing is wrong with the file; it waits and goes on by itself once an administrator has mended the account."
_SAVE_AGAIN = " Open it in its own program, save it again, and drop it again."

_CAUSES = {
    "unknown": "The file could not be converted.",
    # Told by the daemon itself.
    "not_accepted": "This folder does not take files of this kind. It takes {patterns}.",
    "no_ending": "The name of the file has no ending (such as .docx), so nobody can tell what kind of file it is.",
    "empty": "The file is empty. It may have been cut off while it was copied; drop it again.",
    "cut_off": "The file looks cut off, as if its upload broke. Check it in its own program and drop it again.",
    "name_taken": "The outbox already has a file named {name}, and this folder is set up not to number a second one.",
    "rounds": "The conversion service took the file several times and never delivered a result.",
    "wrong_kind": "The conversion service delivered something that is no {kind} file.",
    "unusable": "The conversion service delivered its result in a way that cannot be accepted. Please tell your administrator.",
    "cancelled": "An administrator cancelled the conversion.",
    "interrupted": "The conversion program was interrupted three times while it worked on this file, so the file was set aside.",
    # Told by the service.
    "no_conversion": "The conversion service cannot convert .{source} files to {target}.",
    "credentials": "The conversion service does not accept this server's credentials or its account is not active." + _ASK,
    "account_empty": "The account at the conversion service has no conversions left." + _ASK,
    "not_offered": "The conversion service does not offer the conversion that this folder is set up for.",
    "settings": "The conversion settings of this folder are not valid. Nothing is wrong with the file; it waits until an administrator has mended them.",
    "busy": "The conversion service is busy or cannot be reached.",
    "misunderstood": "The server and the conversion service did not understand each other. The file is safe; please tell your administrator.",
    "too_large": "The file is larger than the conversion service accepts. Make it smaller and drop it again.",
    "kind_refused": "The conversion service does not accept this kind of file.",
    "refused": "The conversion service does not accept this file.",
    "refused_here": "The conversion service does not accept this file for the conversion of this folder.",
    "too_slow": "The conversion took longer than the service allows. A smaller or simpler file may pass.",
    "perhaps_damaged": "The file could not be converted; it is probably damaged." + _SAVE_AGAIN,
    "damaged": "The file is damaged or incomplete, so it could not be converted." + _SAVE_AGAIN,
    "protected": "The file is protected with a password. Remove the password and drop it again.",
    "wrong_password": "The password set for this folder does not open the file. Remove the file's password and drop it again.",
    "encrypted": "The file is encrypted and could not be opened. Remove the password and drop it again.",
    "no_tables": "The service found no tables in the file, so there is nothing to convert.",
    "no_pictures": "The service found no pictures in the file, so there is nothing to convert.",
    "nothing_found": "The service found nothing in the file that could be extracted.",
    "pages": "The pages or the address that this folder asks for do not fit the file.",
    "upload_lost": "The conversion service lost the uploaded file.",
    "upload_gone": "The conversion service no longer has the uploaded file.",
    "service_failed": "The conversion service failed on this file for a reason of its own. Try again later.",
    "service_silent": "The conversion service failed on this file without saying why. Try again later.",
}  # fmt: skip

_WORDS = {
    "title": "{name} was not converted.",
    "label_why": "Why",
    "label_file": "Your file",
    "file": "is safe. It lies beside this note as {name}, unchanged.",
    "label_action": "What to do",
    "mend_file": "mend the file, then move it back into the folder {inbox}.",
    "other_folder": "put the file into a folder that takes its kind, or save it as another kind.",
    "try_again": "move the file back into the folder {inbox}. That is a new attempt.",
    "ask_administrator": "tell your administrator. When the cause is mended, move the file back into the folder {inbox}.",
    "label_conversion": "Conversion",
    "conversion": "{source} to {target}, folder {route}",
    "unknown_kind": "unknown",
    "label_when": "When",
    "moment": "{day} {month} {year}, {time} ({zone})",
    "label_charged": "Charged",
    "never_sent": "no. The file was never sent for conversion.",
    "sent_once": "it was sent for conversion once; the service named no charge.",
    "sent_often": "it was sent for conversion {times} times; the service named no charge.",
    "charged_once": "it was sent for conversion once; the service charged {cost}.",
    "charged_often": "it was sent for conversion {times} times; the service charged {cost}.",
    "label_service": "Service",
    "service": "status {status}, code {code}, said: {said}",
    "said_nothing": "nothing",
    "label_job": "Job",
    "job": "{id}  (for your administrator)",
    "label_jobid": "JobId",
    "jobid": "{ids}  (at the conversion service)",
    "marker": "{name} is being converted. This note goes by itself.",
}

ENGLISH = Language(
    "en", "English", _CAUSES, _WORDS,
    ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
     "December"),
)  # fmt: skip
