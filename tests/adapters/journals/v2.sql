-- Made by python -m tests.adapters.journals.make; never by hand.
PRAGMA auto_vacuum = 2;
BEGIN TRANSACTION;
CREATE TABLE account (
    at           REAL PRIMARY KEY,
    total        INTEGER,
    consumed     INTEGER,
    seconds_left INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO "account" VALUES(1800000033.5,1000,12,3600);
CREATE TABLE calendar (
    only     INTEGER PRIMARY KEY CHECK (only = 1),
    believed REAL NOT NULL
) STRICT;
CREATE TABLE event (
    id    INTEGER PRIMARY KEY,
    job   TEXT NOT NULL,
    at    REAL NOT NULL,
    event TEXT NOT NULL,
    state TEXT NOT NULL,
    note  TEXT NOT NULL
) STRICT;
INSERT INTO "event" VALUES(1,'996ad8602a9a504f8861aeafd0b2ae29',1800000001.0,'noticed','noticed','');
INSERT INTO "event" VALUES(2,'391ada15580c5baab16feeb35d9b1122',1800000001.0,'noticed','noticed','');
INSERT INTO "event" VALUES(3,'b7d55bf47057511385c8141871bf7635',1800000001.0,'noticed','noticed','');
INSERT INTO "event" VALUES(4,'d6ed313e533a55a6aa064c00bc132812',1800000001.0,'noticed','noticed','');
INSERT INTO "event" VALUES(5,'751af8b432a755bc9fad8bfbcbbf4237',1800000001.0,'noticed','noticed','');
INSERT INTO "event" VALUES(6,'a4c0856250fa5599939ceb6f2a83a362',1800000001.0,'noticed','noticed','');
INSERT INTO "event" VALUES(7,'61c97311bb14567999fc98497a701292',1800000001.0,'noticed','noticed','');
INSERT INTO "event" VALUES(8,'be6c2a5f416051458695c628496b208d',1800000001.0,'noticed','noticed','');
INSERT INTO "event" VALUES(9,'bcc896de3c61523e973c052f16456e28',1800000001.0,'noticed','noticed','');
INSERT INTO "event" VALUES(10,'9d58db4d28b756fc9b12db9a3e9d0769',1800000001.0,'noticed','noticed','');
INSERT INTO "event" VALUES(11,'0df2c3244b3b5e4b8574770c7c601dc4',1800000001.0,'noticed','noticed','');
INSERT INTO "event" VALUES(12,'32b736a12bed5f628131c3dc9a2a33c7',1800000001.0,'noticed','noticed','');
INSERT INTO "event" VALUES(13,'46f64ca6609451fcbbbe34e3333c5388',1800000001.0,'noticed','noticed','');
INSERT INTO "event" VALUES(14,'5151e75a9d7d5897be85aaa96757564b',1800000001.0,'noticed','noticed','');
INSERT INTO "event" VALUES(15,'0df2c3244b3b5e4b8574770c7c601dc4',1800000004.0,'claimed','claimed','');
INSERT INTO "event" VALUES(16,'0df2c3244b3b5e4b8574770c7c601dc4',1800000004.5,'uploaded','uploaded','');
INSERT INTO "event" VALUES(17,'32b736a12bed5f628131c3dc9a2a33c7',1800000005.0,'claimed','claimed','');
INSERT INTO "event" VALUES(18,'391ada15580c5baab16feeb35d9b1122',1800000005.5,'withdrawn','withdrawn','the file left the inbox');
INSERT INTO "event" VALUES(19,'5151e75a9d7d5897be85aaa96757564b',1800000006.0,'claimed','claimed','');
INSERT INTO "event" VALUES(20,'5151e75a9d7d5897be85aaa96757564b',1800000006.5,'uploaded','uploaded','');
INSERT INTO "event" VALUES(21,'5151e75a9d7d5897be85aaa96757564b',1800000007.0,'minted','submitting','');
INSERT INTO "event" VALUES(22,'5151e75a9d7d5897be85aaa96757564b',1800000007.5,'accepted','converting','');
INSERT INTO "event" VALUES(23,'61c97311bb14567999fc98497a701292',1800000008.0,'claimed','claimed','');
INSERT INTO "event" VALUES(24,'61c97311bb14567999fc98497a701292',1800000008.5,'uploaded','uploaded','');
INSERT INTO "event" VALUES(25,'61c97311bb14567999fc98497a701292',1800000009.0,'minted','submitting','');
INSERT INTO "event" VALUES(26,'61c97311bb14567999fc98497a701292',1800000009.5,'accepted','converting','');
INSERT INTO "event" VALUES(27,'61c97311bb14567999fc98497a701292',1800000010.5,'converted','converted','');
INSERT INTO "event" VALUES(28,'61c97311bb14567999fc98497a701292',1800000011.0,'fetched','fetched','');
INSERT INTO "event" VALUES(29,'751af8b432a755bc9fad8bfbcbbf4237',1800000011.5,'claimed','claimed','');
INSERT INTO "event" VALUES(30,'751af8b432a755bc9fad8bfbcbbf4237',1800000012.0,'uploaded','uploaded','');
INSERT INTO "event" VALUES(31,'751af8b432a755bc9fad8bfbcbbf4237',1800000012.5,'minted','submitting','');
INSERT INTO "event" VALUES(32,'751af8b432a755bc9fad8bfbcbbf4237',1800000013.0,'rejected','rejected','');
INSERT INTO "event" VALUES(33,'996ad8602a9a504f8861aeafd0b2ae29',1800000013.5,'claimed','claimed','');
INSERT INTO "event" VALUES(34,'9d58db4d28b756fc9b12db9a3e9d0769',1800000014.0,'claimed','claimed','');
INSERT INTO "event" VALUES(35,'9d58db4d28b756fc9b12db9a3e9d0769',1800000014.5,'uploaded','uploaded','');
INSERT INTO "event" VALUES(36,'9d58db4d28b756fc9b12db9a3e9d0769',1800000015.0,'minted','submitting','');
INSERT INTO "event" VALUES(37,'a4c0856250fa5599939ceb6f2a83a362',1800000015.5,'claimed','claimed','');
INSERT INTO "event" VALUES(38,'a4c0856250fa5599939ceb6f2a83a362',1800000016.0,'uploaded','uploaded','');
INSERT INTO "event" VALUES(39,'a4c0856250fa5599939ceb6f2a83a362',1800000016.5,'minted','submitting','');
INSERT INTO "event" VALUES(40,'a4c0856250fa5599939ceb6f2a83a362',1800000017.0,'accepted','converting','');
INSERT INTO "event" VALUES(41,'a4c0856250fa5599939ceb6f2a83a362',1800000018.0,'converted','converted','');
INSERT INTO "event" VALUES(42,'a4c0856250fa5599939ceb6f2a83a362',1800000018.5,'fetched','fetched','');
INSERT INTO "event" VALUES(43,'a4c0856250fa5599939ceb6f2a83a362',1800000019.0,'published','published','');
INSERT INTO "event" VALUES(44,'b7d55bf47057511385c8141871bf7635',1800000019.5,'claimed','claimed','');
INSERT INTO "event" VALUES(45,'b7d55bf47057511385c8141871bf7635',1800000020.0,'uploaded','uploaded','');
INSERT INTO "event" VALUES(46,'b7d55bf47057511385c8141871bf7635',1800000020.5,'minted','submitting','');
INSERT INTO "event" VALUES(47,'b7d55bf47057511385c8141871bf7635',1800000021.0,'rejected','rejected','');
INSERT INTO "event" VALUES(48,'b7d55bf47057511385c8141871bf7635',1800000021.5,'set_aside','failed','');
INSERT INTO "event" VALUES(49,'bcc896de3c61523e973c052f16456e28',1800000022.0,'claimed','claimed','');
INSERT INTO "event" VALUES(50,'bcc896de3c61523e973c052f16456e28',1800000022.5,'uploaded','uploaded','');
INSERT INTO "event" VALUES(51,'bcc896de3c61523e973c052f16456e28',1800000023.0,'minted','submitting','');
INSERT INTO "event" VALUES(52,'bcc896de3c61523e973c052f16456e28',1800000023.5,'accepted','converting','');
INSERT INTO "event" VALUES(53,'be6c2a5f416051458695c628496b208d',1800000024.0,'claimed','claimed','');
INSERT INTO "event" VALUES(54,'be6c2a5f416051458695c628496b208d',1800000024.5,'uploaded','uploaded','');
INSERT INTO "event" VALUES(55,'be6c2a5f416051458695c628496b208d',1800000025.0,'minted','submitting','');
INSERT INTO "event" VALUES(56,'be6c2a5f416051458695c628496b208d',1800000025.5,'accepted','converting','');
INSERT INTO "event" VALUES(57,'be6c2a5f416051458695c628496b208d',1800000026.0,'sent_back','claimed','said so');
INSERT INTO "event" VALUES(58,'be6c2a5f416051458695c628496b208d',1800000026.5,'uploaded','uploaded','');
INSERT INTO "event" VALUES(59,'be6c2a5f416051458695c628496b208d',1800000027.0,'minted','submitting','');
INSERT INTO "event" VALUES(60,'be6c2a5f416051458695c628496b208d',1800000027.5,'accepted','converting','');
INSERT INTO "event" VALUES(61,'be6c2a5f416051458695c628496b208d',1800000028.5,'converted','converted','');
INSERT INTO "event" VALUES(62,'d6ed313e533a55a6aa064c00bc132812',1800000029.0,'claimed','claimed','');
INSERT INTO "event" VALUES(63,'d6ed313e533a55a6aa064c00bc132812',1800000029.5,'uploaded','uploaded','');
INSERT INTO "event" VALUES(64,'d6ed313e533a55a6aa064c00bc132812',1800000030.0,'minted','submitting','');
INSERT INTO "event" VALUES(65,'d6ed313e533a55a6aa064c00bc132812',1800000030.5,'accepted','converting','');
INSERT INTO "event" VALUES(66,'d6ed313e533a55a6aa064c00bc132812',1800000031.5,'converted','converted','');
INSERT INTO "event" VALUES(67,'d6ed313e533a55a6aa064c00bc132812',1800000032.0,'fetched','fetched','');
INSERT INTO "event" VALUES(68,'d6ed313e533a55a6aa064c00bc132812',1800000032.5,'published','published','');
INSERT INTO "event" VALUES(69,'d6ed313e533a55a6aa064c00bc132812',1800000033.0,'retired','done','');
CREATE TABLE hold (
    scope    TEXT NOT NULL,
    name     TEXT NOT NULL,
    reason   TEXT NOT NULL,
    since    REAL NOT NULL,
    probe_at REAL NOT NULL,
    probes   INTEGER NOT NULL,
    PRIMARY KEY (scope, name)
) STRICT, WITHOUT ROWID;
INSERT INTO "hold" VALUES('route','gone','The service refuses it.',1.5,2.5,3);
CREATE TABLE job (
    id          TEXT PRIMARY KEY,
    route       TEXT NOT NULL,
    folder      BLOB NOT NULL,
    name        BLOB NOT NULL,
    state       TEXT NOT NULL,
    due         REAL NOT NULL,
    note        TEXT NOT NULL,
    tries       INTEGER NOT NULL,
    troubled_at REAL NOT NULL,
    deaths      INTEGER NOT NULL,
    noticed_at  REAL NOT NULL,
    changed_at  REAL NOT NULL,
    file_id     TEXT NOT NULL,
    uploaded_at REAL NOT NULL,
    sha256      TEXT NOT NULL,
    remote_id   TEXT NOT NULL,
    minted_at   REAL NOT NULL,
    doubted_at  REAL NOT NULL,
    step        INTEGER NOT NULL,
    round       INTEGER NOT NULL,
    sent        INTEGER NOT NULL,
    repeats     INTEGER NOT NULL,
    cost        INTEGER NOT NULL,
    adopted     INTEGER NOT NULL,
    terms       TEXT NOT NULL,  -- the order, as JSON: editing the configuration never changes a job under way
    sighting    TEXT NOT NULL,  -- JSON
    parts       TEXT NOT NULL,  -- JSON
    verdict     TEXT            -- JSON
) STRICT, WITHOUT ROWID;
INSERT INTO "job" VALUES('0df2c3244b3b5e4b8574770c7c601dc4','to-pdf',X'',X'75706C6F616465642E646F6378','uploaded',1800000004.5,'',0,0.0,0,1800000001.0,1800000004.5,'05596e20ebb9571a9f7c250cbacfb499',1800000004.5,'a7a718d35c36d81d1b73bec657cdb417f7f88a8ac4787ca1e91c93e2576d9b1d','',0.0,0.0,0,0,0,0,0,0,'{"inbox": "/srv/dumped/to-pdf/inbox", "outbox": "/srv/dumped/to-pdf/outbox", "error": "/srv/dumped/to-pdf/error", "archive": "/srv/dumped/to-pdf/archive", "steps": [{"source": "docx", "target": "pdf", "params": {}}], "by_ending": true, "source": "archive", "mode": "semi-async", "on_conflict": "number", "owner": "daemon", "file_mode": null, "keep_times": false, "done": "", "remove_empty": false}','[27, 29662597, 27, 1795477118024497252, 1795477118039695311]','[]',NULL);
INSERT INTO "job" VALUES('32b736a12bed5f628131c3dc9a2a33c7','to-pdf',X'',X'636C61696D65642E646F6378','claimed',1800000005.0,'',0,0.0,0,1800000001.0,1800000005.0,'29be4ef091eb512b8f83360b6db38a83',0.0,'','',0.0,0.0,0,0,0,0,0,0,'{"inbox": "/srv/dumped/to-pdf/inbox", "outbox": "/srv/dumped/to-pdf/outbox", "error": "/srv/dumped/to-pdf/error", "archive": "/srv/dumped/to-pdf/archive", "steps": [{"source": "docx", "target": "pdf", "params": {}}], "by_ending": true, "source": "archive", "mode": "semi-async", "on_conflict": "number", "owner": "daemon", "file_mode": null, "keep_times": false, "done": "", "remove_empty": false}','[27, 29662596, 26, 1795477118024456731, 1795477118041392644]','[]',NULL);
INSERT INTO "job" VALUES('391ada15580c5baab16feeb35d9b1122','to-pdf',X'',X'77697468647261776E2E646F6378','withdrawn',1800000005.5,'the file left the inbox',0,0.0,0,1800000001.0,1800000005.5,'22fe83aea20f54fcb436cec85c94c5e8',0.0,'','',0.0,0.0,0,0,0,0,0,0,'{"inbox": "/srv/dumped/to-pdf/inbox", "outbox": "/srv/dumped/to-pdf/outbox", "error": "/srv/dumped/to-pdf/error", "archive": "/srv/dumped/to-pdf/archive", "steps": [{"source": "docx", "target": "pdf", "params": {}}], "by_ending": true, "source": "archive", "mode": "semi-async", "on_conflict": "number", "owner": "daemon", "file_mode": null, "keep_times": false, "done": "", "remove_empty": false}','[27, 29662606, 28, 1795477118024806303, 1795477118024806303]','[]',NULL);
INSERT INTO "job" VALUES('46f64ca6609451fcbbbe34e3333c5388','to-pdf',X'',X'6E6F74696365642E646F6378','noticed',1800000001.0,'',0,0.0,0,1800000001.0,1800000001.0,'8df6e0fb0d355fd6831a7e5b9ad2457a',0.0,'','',0.0,0.0,0,0,0,0,0,0,'{"inbox": "/srv/dumped/to-pdf/inbox", "outbox": "/srv/dumped/to-pdf/outbox", "error": "/srv/dumped/to-pdf/error", "archive": "/srv/dumped/to-pdf/archive", "steps": [{"source": "docx", "target": "pdf", "params": {}}], "by_ending": true, "source": "archive", "mode": "semi-async", "on_conflict": "number", "owner": "daemon", "file_mode": null, "keep_times": false, "done": "", "remove_empty": false}','[27, 29662595, 26, 1795477118024382891, 1795477118024382891]','[]',NULL);
INSERT INTO "job" VALUES('5151e75a9d7d5897be85aaa96757564b','to-pdf',X'612F62',X'646565702E646F6378','converting',1800000012.5,'',0,0.0,0,1800000001.0,1800000007.5,'21f6a5108fff5bed9d0edf7b2ca28db1',1800000006.5,'d17e69aa4bf062eccf6cd45098c717d674b762de2a2f9e1ff3b6f736f3e5b79e','6e67a045c68d591bbb5629c246fe7b5c',1800000007.0,0.0,0,1,1,0,0,0,'{"inbox": "/srv/dumped/to-pdf/inbox", "outbox": "/srv/dumped/to-pdf/outbox", "error": "/srv/dumped/to-pdf/error", "archive": "/srv/dumped/to-pdf/archive", "steps": [{"source": "docx", "target": "pdf", "params": {}}], "by_ending": true, "source": "archive", "mode": "semi-async", "on_conflict": "number", "owner": "daemon", "file_mode": null, "keep_times": false, "done": "", "remove_empty": false}','[27, 29662609, 23, 1795477118024855126, 1795477118042490963]','[]',NULL);
INSERT INTO "job" VALUES('61c97311bb14567999fc98497a701292','to-pdf',X'',X'666574636865642E646F6378','fetched',1800000011.0,'',0,0.0,0,1800000001.0,1800000011.0,'1bb138f75f19587c8a25fb174eabf441',1800000008.5,'cc91dd4c6911c39edbfabfb79708e81169ea06e309a58c42cd445c9e40c8d4ce','db8e77e76ba15ffb94ba387a1912554c',1800000009.0,0.0,0,1,1,0,1,0,'{"inbox": "/srv/dumped/to-pdf/inbox", "outbox": "/srv/dumped/to-pdf/outbox", "error": "/srv/dumped/to-pdf/error", "archive": "/srv/dumped/to-pdf/archive", "steps": [{"source": "docx", "target": "pdf", "params": {}}], "by_ending": true, "source": "archive", "mode": "semi-async", "on_conflict": "number", "owner": "daemon", "file_mode": null, "keep_times": false, "done": "", "remove_empty": false}','[27, 29662601, 26, 1795477118024639364, 1795477118043868098]','[{"url": "fake:db8e77e76ba15ffb94ba387a1912554c/0", "size": 85, "label": "document-1.pdf", "name": "fetched.pdf", "ino": 29662635, "length": 85, "mtime": 1795477118045405722}]',NULL);
INSERT INTO "job" VALUES('751af8b432a755bc9fad8bfbcbbf4237','to-pdf',X'',X'72656A65637465642E646F6378','rejected',1800000013.0,'',0,0.0,0,1800000001.0,1800000013.0,'305f5e8de48d5c3a8ce3446622dd8a8a',1800000012.0,'157de267fa52c59a36a2dd9d499083f36fde303de26cd5df96b7962c1e2c606d','b5c2d8734c765eada959353600805520',1800000012.5,0.0,0,1,1,0,0,0,'{"inbox": "/srv/dumped/to-pdf/inbox", "outbox": "/srv/dumped/to-pdf/outbox", "error": "/srv/dumped/to-pdf/error", "archive": "/srv/dumped/to-pdf/archive", "steps": [{"source": "docx", "target": "pdf", "params": {}}], "by_ending": true, "source": "archive", "mode": "semi-async", "on_conflict": "number", "owner": "daemon", "file_mode": null, "keep_times": false, "done": "", "remove_empty": false}','[27, 29662603, 27, 1795477118024711001, 1795477118045832379]','[]','{"sentence": "It is damaged.", "status": 500, "code": 5002, "message": "said so"}');
INSERT INTO "job" VALUES('996ad8602a9a504f8861aeafd0b2ae29','to-pdf',X'',X'636166E920E280AE0A2E646F6378','claimed',1800000013.5,'',0,0.0,0,1800000001.0,1800000013.5,'59e06cf8f3905093af2e3685be593a25',0.0,'','',0.0,0.0,0,0,0,0,0,0,'{"inbox": "/srv/dumped/to-pdf/inbox", "outbox": "/srv/dumped/to-pdf/outbox", "error": "/srv/dumped/to-pdf/error", "archive": "/srv/dumped/to-pdf/archive", "steps": [{"source": "docx", "target": "pdf", "params": {}}], "by_ending": true, "source": "archive", "mode": "semi-async", "on_conflict": "number", "owner": "daemon", "file_mode": null, "keep_times": false, "done": "", "remove_empty": false}','[27, 29662610, 28, 1795477118024886222, 1795477118047002666]','[]',NULL);
INSERT INTO "job" VALUES('9d58db4d28b756fc9b12db9a3e9d0769','to-pdf',X'',X'7375626D697474696E672E646F6378','submitting',1800000015.0,'',0,0.0,0,1800000001.0,1800000015.0,'6fea451e90db5366bbde9a65b83f8f64',1800000014.5,'5ad8c1f982fa70348def80b6f1cc24f52e483ce40baf102ee2ae55d08b69c745','15a7e1392bab5b57a14f3fe8fa932798',1800000015.0,0.0,0,1,1,0,0,0,'{"inbox": "/srv/dumped/to-pdf/inbox", "outbox": "/srv/dumped/to-pdf/outbox", "error": "/srv/dumped/to-pdf/error", "archive": "/srv/dumped/to-pdf/archive", "steps": [{"source": "docx", "target": "pdf", "params": {}}], "by_ending": true, "source": "archive", "mode": "semi-async", "on_conflict": "number", "owner": "daemon", "file_mode": null, "keep_times": false, "done": "", "remove_empty": false}','[27, 29662598, 29, 1795477118024530982, 1795477118047364876]','[]',NULL);
INSERT INTO "job" VALUES('a4c0856250fa5599939ceb6f2a83a362','to-pdf',X'',X'7075626C69736865642E646F6378','published',1800000019.0,'',0,0.0,0,1800000001.0,1800000019.0,'d35aeaf35d1d535aa31a22133ddf5f3d',1800000016.0,'68787646d5c3991fb1220fcc2529a5e8ac189dcf23805cfdb079106c78720bea','dacd84df749057aab6cba9d682080217',1800000016.5,0.0,0,1,1,0,1,0,'{"inbox": "/srv/dumped/to-pdf/inbox", "outbox": "/srv/dumped/to-pdf/outbox", "error": "/srv/dumped/to-pdf/error", "archive": "/srv/dumped/to-pdf/archive", "steps": [{"source": "docx", "target": "pdf", "params": {}}], "by_ending": true, "source": "archive", "mode": "semi-async", "on_conflict": "number", "owner": "daemon", "file_mode": null, "keep_times": false, "done": "", "remove_empty": false}','[27, 29662602, 28, 1795477118024676319, 1795477118048294273]','[{"url": "fake:dacd84df749057aab6cba9d682080217/0", "size": 85, "label": "document-1.pdf", "name": "published.pdf", "ino": 29662641, "length": 85, "mtime": 1795477118050250122}]',NULL);
INSERT INTO "job" VALUES('b7d55bf47057511385c8141871bf7635','to-pdf',X'',X'6661696C65642E646F6378','failed',1800000021.5,'',0,0.0,0,1800000001.0,1800000021.5,'1883fdfb249b58f5b44587dff6eabc06',1800000020.0,'cafdbf0c41290b3c7306affdc12c6a101738063c228bcee3534164e03fc4beb0','a560427e1ee55c1382cc8702900439f0',1800000020.5,0.0,0,1,1,0,0,0,'{"inbox": "/srv/dumped/to-pdf/inbox", "outbox": "/srv/dumped/to-pdf/outbox", "error": "/srv/dumped/to-pdf/error", "archive": "/srv/dumped/to-pdf/archive", "steps": [{"source": "docx", "target": "pdf", "params": {}}], "by_ending": true, "source": "archive", "mode": "semi-async", "on_conflict": "number", "owner": "daemon", "file_mode": null, "keep_times": false, "done": "", "remove_empty": false}','[27, 29662605, 25, 1795477118024774896, 1795477118050993481]','[]','{"sentence": "It is damaged.", "status": 500, "code": 5002, "message": "said so"}');
INSERT INTO "job" VALUES('bcc896de3c61523e973c052f16456e28','to-pdf',X'',X'636F6E76657274696E672E646F6378','converting',1800000028.5,'',0,0.0,0,1800000001.0,1800000023.5,'77b34e7456315a71b8ce97b9d6bab10a',1800000022.5,'292cde2b3de58da0bf754edd29ca0757dbca54f3d51730d9d27d7be4dba40fe6','15ece0807fe5550195311895c0266e34',1800000023.0,0.0,0,1,1,0,0,0,'{"inbox": "/srv/dumped/to-pdf/inbox", "outbox": "/srv/dumped/to-pdf/outbox", "error": "/srv/dumped/to-pdf/error", "archive": "/srv/dumped/to-pdf/archive", "steps": [{"source": "docx", "target": "pdf", "params": {}}], "by_ending": true, "source": "archive", "mode": "semi-async", "on_conflict": "number", "owner": "daemon", "file_mode": null, "keep_times": false, "done": "", "remove_empty": false}','[27, 29662599, 29, 1795477118024569349, 1795477118052834909]','[]',NULL);
INSERT INTO "job" VALUES('be6c2a5f416051458695c628496b208d','to-pdf',X'',X'636F6E7665727465642E646F6378','converted',1800000028.5,'',0,0.0,0,1800000001.0,1800000028.5,'da992292ffb15ab2a6dec19a9b0d0fd7',1800000026.5,'b9f178ce83d82db9d1de7d0f67f283c3cb1b04ed478b67491435f59336abf750','5df3efb36e9d5554b10e29dff60f598e',1800000027.0,0.0,0,2,1,1,1,0,'{"inbox": "/srv/dumped/to-pdf/inbox", "outbox": "/srv/dumped/to-pdf/outbox", "error": "/srv/dumped/to-pdf/error", "archive": "/srv/dumped/to-pdf/archive", "steps": [{"source": "docx", "target": "pdf", "params": {}}], "by_ending": true, "source": "archive", "mode": "semi-async", "on_conflict": "number", "owner": "daemon", "file_mode": null, "keep_times": false, "done": "", "remove_empty": false}','[27, 29662600, 28, 1795477118024606134, 1795477118054554084]','[{"url": "fake:5df3efb36e9d5554b10e29dff60f598e/0", "size": 85, "label": "document-1.pdf", "name": "converted.pdf", "ino": 0, "length": 0, "mtime": 0}]',NULL);
INSERT INTO "job" VALUES('d6ed313e533a55a6aa064c00bc132812','to-pdf',X'',X'646F6E652E646F6378','done',1800000033.0,'',0,0.0,0,1800000001.0,1800000033.0,'9090025d5d0658f1b79a3690407024fc',1800000029.5,'eee6c53e9995e7c34e766028cb9f9a54d15ec7e0d661e3bcc0043fddd111e4da','bc85321afaac5064bd2968093cc155dd',1800000030.0,0.0,0,1,1,0,1,0,'{"inbox": "/srv/dumped/to-pdf/inbox", "outbox": "/srv/dumped/to-pdf/outbox", "error": "/srv/dumped/to-pdf/error", "archive": "/srv/dumped/to-pdf/archive", "steps": [{"source": "docx", "target": "pdf", "params": {}}], "by_ending": true, "source": "archive", "mode": "semi-async", "on_conflict": "number", "owner": "daemon", "file_mode": null, "keep_times": false, "done": "", "remove_empty": false}','[27, 29662604, 23, 1795477118024743429, 1795477118056906174]','[{"url": "fake:bc85321afaac5064bd2968093cc155dd/0", "size": 85, "label": "document-1.pdf", "name": "done.pdf", "ino": 29662649, "length": 85, "mtime": 1795477118058710727}]',NULL);
CREATE TABLE known_folder (
    path TEXT PRIMARY KEY,
    dev  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "known_folder" VALUES('/srv/dumped/to-pdf/archive',27);
INSERT INTO "known_folder" VALUES('/srv/dumped/to-pdf/error',27);
INSERT INTO "known_folder" VALUES('/srv/dumped/to-pdf/inbox',27);
INSERT INTO "known_folder" VALUES('/srv/dumped/to-pdf/outbox',27);
CREATE TABLE placed (
    id     INTEGER PRIMARY KEY,
    route  TEXT NOT NULL,
    root   BLOB NOT NULL,     -- the outbox, error folder or archive
    folder BLOB NOT NULL,     -- the sub-folder in it
    name   BLOB NOT NULL,
    kind   TEXT NOT NULL,     -- 'file', 'note' or 'folder'
    ino    TEXT NOT NULL,     -- in digits, as is mtime: the integers of SQLite end sooner
    size   INTEGER NOT NULL,
    mtime  TEXT NOT NULL,     -- nanoseconds
    job    TEXT NOT NULL,
    at     REAL NOT NULL
) STRICT;
INSERT INTO "placed" VALUES(1,'to-pdf',X'2F6465762F73686D2F746D706563676E33386E302F746F2D7064662F6F7574626F78',X'',X'7075626C69736865642E706466','file','29662641',85,'1795477118050250122','a4c0856250fa5599939ceb6f2a83a362',1800000019.0);
INSERT INTO "placed" VALUES(2,'to-pdf',X'2F6465762F73686D2F746D706563676E33386E302F746F2D7064662F6572726F72',X'',X'6661696C65642E646F6378','file','29662605',25,'1795477118024774896','b7d55bf47057511385c8141871bf7635',1800000021.5);
INSERT INTO "placed" VALUES(3,'to-pdf',X'2F6465762F73686D2F746D706563676E33386E302F746F2D7064662F6572726F72',X'',X'6661696C65642E646F63782E6572726F722E747874','note','29662644',461,'1795477118052249495','b7d55bf47057511385c8141871bf7635',1800000021.5);
INSERT INTO "placed" VALUES(4,'to-pdf',X'2F6465762F73686D2F746D706563676E33386E302F746F2D7064662F6F7574626F78',X'',X'646F6E652E706466','file','29662649',85,'1795477118058710727','d6ed313e533a55a6aa064c00bc132812',1800000032.5);
INSERT INTO "placed" VALUES(5,'to-pdf',X'2F6465762F73686D2F746D706563676E33386E302F746F2D7064662F61726368697665',X'',X'646F6E652E646F6378','file','29662604',23,'1795477118024743429','d6ed313e533a55a6aa064c00bc132812',1800000033.0);
CREATE TABLE round (
    remote_id TEXT PRIMARY KEY,
    job       TEXT NOT NULL,
    minted_at REAL NOT NULL,
    sent      INTEGER NOT NULL,
    outcome   TEXT NOT NULL,
    cost      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "round" VALUES('15a7e1392bab5b57a14f3fe8fa932798','9d58db4d28b756fc9b12db9a3e9d0769',1800000015.0,1,'minted',0);
INSERT INTO "round" VALUES('15ece0807fe5550195311895c0266e34','bcc896de3c61523e973c052f16456e28',1800000023.0,1,'accepted',0);
INSERT INTO "round" VALUES('2dcabbfc69cc5a4b8aa2fcad5abf66a6','be6c2a5f416051458695c628496b208d',1800000025.0,1,'sent_back',0);
INSERT INTO "round" VALUES('5df3efb36e9d5554b10e29dff60f598e','be6c2a5f416051458695c628496b208d',1800000027.0,1,'converted',1);
INSERT INTO "round" VALUES('6e67a045c68d591bbb5629c246fe7b5c','5151e75a9d7d5897be85aaa96757564b',1800000007.0,1,'accepted',0);
INSERT INTO "round" VALUES('a560427e1ee55c1382cc8702900439f0','b7d55bf47057511385c8141871bf7635',1800000020.5,1,'set_aside',0);
INSERT INTO "round" VALUES('b5c2d8734c765eada959353600805520','751af8b432a755bc9fad8bfbcbbf4237',1800000012.5,1,'rejected',0);
INSERT INTO "round" VALUES('bc85321afaac5064bd2968093cc155dd','d6ed313e533a55a6aa064c00bc132812',1800000030.0,1,'retired',1);
INSERT INTO "round" VALUES('dacd84df749057aab6cba9d682080217','a4c0856250fa5599939ceb6f2a83a362',1800000016.5,1,'published',1);
INSERT INTO "round" VALUES('db8e77e76ba15ffb94ba387a1912554c','61c97311bb14567999fc98497a701292',1800000009.0,1,'fetched',1);
CREATE INDEX job_open ON job (due) WHERE state NOT IN ('done', 'failed', 'withdrawn');
CREATE INDEX job_changed ON job (changed_at);
CREATE INDEX job_rest ON job (changed_at) WHERE state IN ('done', 'failed', 'withdrawn');
CREATE INDEX job_named ON job (name);
CREATE INDEX job_remote ON job (remote_id) WHERE state = 'converting';
CREATE UNIQUE INDEX one_noticed_job_per_file ON job (route, folder, name) WHERE state = 'noticed';
CREATE INDEX event_of_job ON event (job, id);
CREATE INDEX round_of_job ON round (job);
CREATE UNIQUE INDEX placed_there ON placed (root, folder, name);
CREATE INDEX placed_since ON placed (route, root, kind, at, size);
COMMIT;
PRAGMA user_version = 2;
