"""What a person at the share reads, in German."""

from watchconvert.core.texts.language import Language

_ASK = (
    " Mit der Datei ist alles in Ordnung; sie wartet und wird von selbst umgewandelt, "
    "sobald ein Administrator das Konto in Ordnung gebracht hat."
)
_SAVE_AGAIN = " Öffnen Sie sie im zugehörigen Programm, speichern Sie sie neu und legen Sie sie noch einmal ab."

_CAUSES = {
    "unknown": "Die Datei konnte nicht umgewandelt werden.",
    # Told by the daemon itself.
    "not_accepted": "Dieser Ordner nimmt Dateien dieser Art nicht an. Angenommen werden: {patterns}.",
    "no_ending": "Der Dateiname hat keine Endung (wie .docx). Deshalb lässt sich nicht erkennen, um welche Art von Datei es sich handelt.",
    "empty": "Die Datei ist leer. Vielleicht wurde das Kopieren abgebrochen; legen Sie sie bitte noch einmal ab.",
    "cut_off": "Die Datei ist offenbar unvollständig, als wäre das Kopieren abgebrochen. Prüfen Sie sie im zugehörigen Programm und legen Sie sie noch einmal ab.",
    "name_taken": "Im Ausgangsordner gibt es bereits eine Datei namens {name}, und dieser Ordner ist so eingerichtet, dass eine zweite nicht nummeriert wird.",
    "rounds": "Der Umwandlungsdienst hat die Datei mehrmals angenommen, aber nie ein Ergebnis geliefert.",
    "wrong_kind": "Der Umwandlungsdienst hat etwas geliefert, das keine {kind}-Datei ist.",
    "unusable": "Der Umwandlungsdienst hat das Ergebnis in einer Form geliefert, die nicht angenommen werden kann. Bitte wenden Sie sich an Ihren Administrator.",
    "cancelled": "Ein Administrator hat die Umwandlung abgebrochen.",
    "interrupted": "Das Umwandlungsprogramm wurde bei der Arbeit an dieser Datei dreimal unterbrochen; deshalb wurde die Datei beiseitegelegt.",
    # Told by the service.
    "no_conversion": "Der Umwandlungsdienst kann .{source}-Dateien nicht in {target} umwandeln.",
    "credentials": "Der Umwandlungsdienst akzeptiert die Zugangsdaten dieses Servers nicht, oder das Konto ist nicht aktiv." + _ASK,
    "account_empty": "Das Guthaben für Umwandlungen beim Umwandlungsdienst ist aufgebraucht." + _ASK,
    "not_offered": "Der Umwandlungsdienst bietet die Umwandlung, für die dieser Ordner eingerichtet ist, nicht an.",
    "settings": "Die Umwandlungseinstellungen dieses Ordners sind ungültig. Mit der Datei ist alles in Ordnung; sie wartet, bis ein Administrator die Einstellungen korrigiert hat.",
    "busy": "Der Umwandlungsdienst ist ausgelastet oder nicht erreichbar.",
    "misunderstood": "Der Server und der Umwandlungsdienst haben sich nicht verstanden. Die Datei ist sicher; bitte wenden Sie sich an Ihren Administrator.",
    "too_large": "Die Datei ist größer, als der Umwandlungsdienst erlaubt. Verkleinern Sie sie und legen Sie sie noch einmal ab.",
    "kind_refused": "Der Umwandlungsdienst nimmt Dateien dieser Art nicht an.",
    "refused": "Der Umwandlungsdienst nimmt diese Datei nicht an.",
    "refused_here": "Der Umwandlungsdienst nimmt diese Datei für die Umwandlung, für die dieser Ordner eingerichtet ist, nicht an.",
    "too_slow": "Die Umwandlung hat länger gedauert, als der Dienst erlaubt. Mit einer kleineren oder einfacheren Datei kann es gelingen.",
    "perhaps_damaged": "Die Datei konnte nicht umgewandelt werden; wahrscheinlich ist sie beschädigt." + _SAVE_AGAIN,
    "damaged": "Die Datei ist beschädigt oder unvollständig und konnte deshalb nicht umgewandelt werden." + _SAVE_AGAIN,
    "protected": "Die Datei ist mit einem Kennwort geschützt. Entfernen Sie das Kennwort und legen Sie die Datei noch einmal ab.",
    "wrong_password": "Mit dem für diesen Ordner hinterlegten Kennwort lässt sich die Datei nicht öffnen. Entfernen Sie das Kennwort der Datei und legen Sie sie noch einmal ab.",
    "encrypted": "Die Datei ist verschlüsselt und konnte nicht geöffnet werden. Entfernen Sie das Kennwort und legen Sie die Datei noch einmal ab.",
    "no_tables": "Der Dienst hat in der Datei keine Tabellen gefunden; es gibt also nichts umzuwandeln.",
    "no_pictures": "Der Dienst hat in der Datei keine Bilder gefunden; es gibt also nichts umzuwandeln.",
    "nothing_found": "Der Dienst hat in der Datei nichts gefunden, was sich entnehmen ließe.",
    "pages": "Die Seiten oder die Adresse, die für diesen Ordner eingestellt sind, passen nicht zu der Datei.",
    "upload_lost": "Der Umwandlungsdienst hat die hochgeladene Datei verloren.",
    "upload_gone": "Der Umwandlungsdienst hat die hochgeladene Datei nicht mehr.",
    "service_failed": "Der Umwandlungsdienst ist an dieser Datei aus einem eigenen Grund gescheitert. Versuchen Sie es später noch einmal.",
    "service_silent": "Der Umwandlungsdienst ist an dieser Datei gescheitert, ohne einen Grund zu nennen. Versuchen Sie es später noch einmal.",
}  # fmt: skip

_WORDS = {
    "title": "{name} wurde nicht umgewandelt.",
    "label_why": "Grund",
    "label_file": "Ihre Datei",
    "file": "ist sicher. Sie liegt unverändert als {name} neben diesem Hinweis.",
    "label_action": "Was tun?",
    "mend_file": "Bringen Sie die Datei in Ordnung und verschieben Sie sie dann zurück in den Ordner {inbox}.",
    "other_folder": "Legen Sie die Datei in einen Ordner, der Dateien dieser Art annimmt, oder speichern Sie sie in einem anderen Format.",
    "try_again": "Verschieben Sie die Datei zurück in den Ordner {inbox}. Das ist ein neuer Versuch.",
    "ask_administrator": "Wenden Sie sich an Ihren Administrator. Ist die Ursache behoben, verschieben Sie die Datei zurück in den Ordner {inbox}.",
    "label_conversion": "Umwandlung",
    "conversion": "{source} in {target}, Ordner {route}",
    "unknown_kind": "unbekannt",
    "label_when": "Zeitpunkt",
    "moment": "{day}. {month} {year}, {time} Uhr ({zone})",
    "label_charged": "Kosten",
    "never_sent": "Keine. Die Datei wurde nicht zur Umwandlung gesendet.",
    "sent_once": "Die Datei wurde einmal zur Umwandlung gesendet; der Dienst hat keine Kosten genannt.",
    "sent_often": "Die Datei wurde {times}-mal zur Umwandlung gesendet; der Dienst hat keine Kosten genannt.",
    "charged_once": "Die Datei wurde einmal zur Umwandlung gesendet; vom Dienst berechnet: {cost}.",
    "charged_often": "Die Datei wurde {times}-mal zur Umwandlung gesendet; vom Dienst berechnet: {cost}.",
    "label_service": "Dienst",
    "service": "Status {status}, Code {code}, Meldung: {said}",
    "said_nothing": "keine",
    "label_job": "Auftrag",
    "job": "{id}  (für Ihren Administrator)",
    "label_jobid": "JobId",
    "jobid": "{ids}  (beim Umwandlungsdienst)",
    "marker": "{name} wird gerade umgewandelt. Dieser Hinweis verschwindet von selbst.",
}  # fmt: skip

GERMAN = Language(
    "de", "German", _CAUSES, _WORDS,
    ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
     "Dezember"),
    {"CET": "MEZ", "CEST": "MESZ"},
)  # fmt: skip
