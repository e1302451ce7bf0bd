-- What a database may hold when the migrations after V9 run.
INSERT INTO card (id, kind, body)
VALUES ('pcccccccccccc', 'page', '{"id":"pcccccccccccc","kind":"page","place":{"chat":"discord","channel":"7","thread":"9"},"by":"ana","message":"9/12","shown":"x","lines":1,"shown_at":null,"retired":false}');
INSERT INTO card_former (message, card_id) VALUES ('9/11', 'pcccccccccccc');
